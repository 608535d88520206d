"""paramiko as Fabric, netmiko and Ansible use it: SSHClient.connect for keys and passwords, a Transport for prompts."""
import warnings

warnings.simplefilter("ignore")
import paramiko

import request
from request import HOST, KEYS, PASSWORD, PORT, USER


def logged_in():
    if KEYS or PASSWORD is not None:
        client = paramiko.SSHClient()
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        client.connect(HOST, PORT, username=USER, key_filename=KEYS or None, password=PASSWORD,
                       look_for_keys=False, allow_agent=False, timeout=10, banner_timeout=10)
        return client, client.get_transport()
    transport = paramiko.Transport((HOST, PORT))
    transport.start_client(timeout=10)
    transport.auth_timeout = 30
    transport.auth_interactive(USER, lambda title, text, prompts: [request.answer(prompt) for prompt, _ in prompts])
    return None, transport


client, transport = logged_in()


class Session:
    def __init__(self, has_pty, command):
        self.channel = transport.open_session(timeout=10)
        if has_pty:
            self.channel.get_pty(request.TERM, request.COLS, request.ROWS)
        if command:
            self.channel.exec_command(command)
        else:
            self.channel.invoke_shell()

    def send(self, data):
        self.channel.sendall(data)

    def read(self):
        return self.channel.recv(65536)

    def end_input(self):
        self.channel.shutdown_write()

    def finish(self):
        out, err = b"", b""
        while part := self.channel.recv(65536):
            out += part
        while part := self.channel.recv_stderr(65536):
            err += part
        return out, err, self.channel.recv_exit_status()


request.converse(Session)
