"""The clients, how each is installed, and how it is asked."""
import glob
import os
import pathlib
import re
import shutil
import subprocess
import sys

from cases import CASES, NEW_PASSWORD, Request
from processes import HERE, Cannot, Missing, checked, in_pipes, on_terminal, two_processes

# What a program of this folder ends with that says so itself.
CANNOT = 98
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or HERE.parent.parent / "target")
# The Python that tests/run has installed the newest clients for.
OF_TESTS_RUN = TARGET / "clients/bin/python3"


class Client:
    """A client as people install it."""

    # What must be there, a program or a file, and the Debian package that has it.
    needs = {}
    key_kind = "ed25519"
    tries_password = False
    without = {}

    def __init__(self, name):
        self.name = name

    def install(self, folder):
        """Makes it ready; gives what to say of its version."""

    def try_case(self, case, place):
        if case in self.without:
            raise Cannot(self.without[case])
        CASES[case](self, place)


class Program(Client):
    """A program of this folder over a client library, see request.py."""

    tries_password = True

    def argv(self):
        raise NotImplementedError

    def run(self, place, request):
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(place.home),
            "LC_ALL": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "DOORKEY_PORT": str(place.server.port),
            "DOORKEY_USER": request.user,
            "DOORKEY_KEYS": ":".join(map(str, request.keys)),
            "DOORKEY_EMPTY": str(place.empty),
            "DOORKEY_PTY": "1" if request.pty else "",
            "DOORKEY_COMMAND": request.command,
            "DOORKEY_INPUT": request.input,
            "DOORKEY_AWAIT": request.await_text,
            "DOORKEY_THEN": request.then,
            "DOORKEY_SECOND": request.second,
            **answers(place),
        }
        if request.password is not None:
            env["DOORKEY_PASSWORD"] = request.password
        ended = in_pipes(self.argv(), env, request, is_program=True)
        if ended.status == CANNOT:
            raise Cannot(" ".join(ended.err.split()))
        return ended


class Python(Program):
    """A library from PyPI in a venv of its own, or in that of tests/run."""

    is_in_tests_run = False

    def __init__(self, name, script, packages, shared=None, **options):
        super().__init__(name)
        self.script, self.packages, self.shared = script, packages, shared
        for option, value in options.items():
            setattr(self, option, value)

    def install(self, folder):
        venv = folder / self.name
        self.python = venv / "bin/python"
        if self.is_in_tests_run and OF_TESTS_RUN.exists():
            self.python = OF_TESTS_RUN
        elif not is_as_before(venv, self.packages):
            shutil.rmtree(venv, ignore_errors=True)
            checked(sys.executable, "-m", "venv", venv)
            checked(self.python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *self.packages)
            mark(venv, self.packages)
        self.words, self.env = [], []
        if self.shared:
            library = one_of(glob.glob(str(venv / "lib/python*/site-packages" / self.shared)), self.shared)
            # A wheel has the libraries that this one needs beside it, where only its own modules look.
            self.words, self.env = [library], ["env", f"LD_LIBRARY_PATH={os.path.dirname(library)}"]
        named = re.split(r"[=<\[]", self.packages[0])[0]
        return checked(self.python, "-c", f"import importlib.metadata as m; print(m.version('{named}'))").strip()

    def argv(self):
        return [*self.env, self.python, HERE / self.script, *self.words]


class SharedLibrary(Program):
    """A shared library of Debian, used by Python's ctypes."""

    def __init__(self, name, script, library, package):
        super().__init__(name)
        self.script, self.library, self.package = script, f"/usr/lib/*/{library}", package
        self.needs = {self.library: package}

    def install(self, folder):
        self.path = one_of(glob.glob(self.library), self.library)
        return debian_version(self.package)

    def argv(self):
        return [sys.executable, HERE / self.script, self.path]


class Npm(Program):
    needs = {"node": "nodejs", "npm": "npm"}

    def install(self, folder):
        self.modules = folder / self.name
        if not is_as_before(self.modules, ["ssh2"]):
            shutil.rmtree(self.modules, ignore_errors=True)
            self.modules.mkdir(parents=True)
            # Its native parts are an option, and need a compiler.
            checked("npm", "install", "--silent", "--no-audit", "--no-fund", "--omit=optional", "--ignore-scripts",
                    "--prefix", self.modules, "ssh2")
            mark(self.modules, ["ssh2"])
        # A module is looked for where the program is.
        shutil.copy(HERE / "with_ssh2.js", self.modules / "with_ssh2.js")
        return checked("node", "-p", "require('ssh2/package.json').version", cwd=self.modules).strip()

    def argv(self):
        return ["node", self.modules / "with_ssh2.js"]


class Go(Program):
    needs = {"go": "golang-go", "/usr/share/gocode/src/golang.org/x/crypto/ssh": "golang-golang-x-crypto-dev"}
    tries_password = False

    def install(self, folder):
        built = folder / self.name
        built.mkdir(parents=True, exist_ok=True)
        self.program = built / "with_x_crypto"
        source = (HERE / "with_x_crypto.go").read_text()
        if not is_as_before(built, [source]) or not self.program.exists():
            environment = dict(os.environ, GO111MODULE="off", GOPATH="/usr/share/gocode", GOCACHE=str(built / "cache"))
            checked("go", "build", "-o", self.program, HERE / "with_x_crypto.go", env=environment)
            mark(built, [source])
        return debian_version("golang-golang-x-crypto-dev")

    def argv(self):
        return [self.program]


class Ruby(Program):
    needs = {"ruby": "ruby", "/usr/share/rubygems-integration/all/gems/net-ssh-*": "ruby-net-ssh"}
    key_kind = "ecdsa"

    def install(self, folder):
        return checked("ruby", "-e", "require 'net/ssh/version'; puts Net::SSH::Version::STRING").strip()

    def argv(self):
        return ["ruby", HERE / "with_net_ssh.rb"]


class Erlang(Program):
    needs = {"escript": "erlang-base", "/usr/lib/erlang/lib/ssh-*": "erlang-ssh"}
    tries_password = False

    def install(self, folder):
        return debian_version("erlang-ssh")

    def argv(self):
        return ["escript", HERE / "with_erlang.escript"]


class Jsch(Program):
    needs = {"/usr/share/java/jsch.jar": "libjsch-java", "javac": "default-jdk-headless"}
    # It signs with RSA by SHA-1 only, and does not know Ed25519.
    key_kind = "ecdsa"
    tries_password = False

    def install(self, folder):
        self.jar = "/usr/share/java/jsch.jar"
        self.classes = folder / self.name
        self.classes.mkdir(parents=True, exist_ok=True)
        source = HERE / "WithJsch.java"
        if not is_as_before(self.classes, [source.read_text()]):
            checked("javac", "-cp", self.jar, "-d", self.classes, source)
            mark(self.classes, [source.read_text()])
        return debian_version("libjsch-java")

    def argv(self):
        return ["java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", f"{self.jar}:{self.classes}", "WithJsch"]


class OpenSsh(Client):
    """ssh(1), and itself held to what another one knows."""

    needs = {"ssh": "openssh-client"}

    def __init__(self, name, key_kind="ed25519", **algorithms):
        super().__init__(name)
        self.key_kind = key_kind
        self.options = [f"-o{name}={','.join(values)}" for name, values in algorithms.items()]

    def install(self, folder):
        return debian_version("openssh-client")

    def argv(self, place, request, *more):
        identities = [f"-oIdentityFile={path}" for path in request.keys] or ["-oIdentityFile=none"]
        return [
            "ssh", "-F", "none", "-oStrictHostKeyChecking=no", "-oUserKnownHostsFile=/dev/null", "-oLogLevel=ERROR",
            "-oIdentityAgent=none", "-oIdentitiesOnly=yes", *identities, *self.options, *more,
            "-p", str(place.server.port), "-tt" if request.pty else "-T", f"{request.user}@127.0.0.1",
            *([request.command] if request.command else []),
        ]

    def run(self, place, request):
        # With SSH_ASKPASS it asks a program instead of a terminal.
        env = dict(os.environ, HOME=str(place.home), LC_ALL="C.UTF-8", TERM="xterm", DISPLAY="none:0",
                   SSH_ASKPASS=str(HERE / "answer"), SSH_ASKPASS_REQUIRE="force", **answers(place))
        if request.password is not None:
            env["DOORKEY_NEW_PASSWORD"] = request.password
        if request.pty:
            return on_terminal(self.argv(place, request), env, request)
        if request.second:
            socket = place.folder / "mux"
            shared = ["-oControlMaster=auto", f"-oControlPath={socket}"]
            other = Request(request.user, request.second)
            return two_processes(
                self.argv(place, request, *shared), self.argv(place, other, *shared), env, request, socket.exists)
        return in_pipes(self.argv(place, request), env, request)


class Plink(Client):
    needs = {"plink": "putty-tools", "puttygen": "putty-tools"}

    def install(self, folder):
        return debian_version("putty-tools")

    def argv(self, place, request, *more):
        keys = []
        for path in request.keys:
            ppk = path.with_suffix(".ppk")
            if not ppk.exists():
                checked("puttygen", path, "-O", "private", "-o", ppk)
            keys += ["-i", ppk]
        return [
            "plink", "-ssh", *more, "-no-antispoof", "-hostkey", place.server.fingerprint, "-P", str(place.server.port),
            "-t" if request.pty else "-T", *keys, f"{request.user}@127.0.0.1",
            *([request.command] if request.command else []),
        ]

    def run(self, place, request):
        if len(request.keys) > 1:
            raise Cannot("it takes one key, and the rest from an agent")
        env = dict(os.environ, HOME=str(place.home), LC_ALL="C.UTF-8", TERM="xterm")
        more = [] if request.password is None else ["-pw", request.password]
        if request.pty or request.user == "reset":
            return on_terminal(self.argv(place, request, *more), dict(env, **answers(place)), request)
        if request.second:
            more = ["-batch", "-share"]
            asks = list(map(str, self.argv(place, Request(request.user), "-batch", "-shareexists")))
            other = Request(request.user, request.second)
            return two_processes(
                self.argv(place, request, *more), self.argv(place, other, *more), env, request,
                lambda: subprocess.run(asks, env=env, capture_output=True, stdin=subprocess.DEVNULL).returncode == 0)
        return in_pipes(self.argv(place, request, "-batch", *more), env, request)


class Dbclient(Client):
    needs = {"dbclient": "dropbear-bin", "dropbearconvert": "dropbear-bin"}
    without = {"2 sessions": "it has no shared connections"}

    def install(self, folder):
        return debian_version("dropbear-bin")

    def run(self, place, request):
        keys = []
        for path in request.keys:
            own = path.with_suffix(".dropbear")
            if not own.exists():
                checked("dropbearconvert", "openssh", "dropbear", path, own)
            keys += ["-i", own]
        argv = [
            "dbclient", "-y", "-y", "-p", str(place.server.port), "-t" if request.pty else "-T", *keys,
            f"{request.user}@127.0.0.1", *([request.command] if request.command else []),
        ]
        env = dict(os.environ, HOME=str(place.home), LC_ALL="C.UTF-8", TERM="xterm", **answers(place))
        if request.password is not None:
            env["DROPBEAR_PASSWORD"] = request.password
        if request.pty or request.user == "reset":
            return on_terminal(argv, env, request)
        return in_pipes(argv, env, request)


CTR, ETM = ("aes128-ctr", "aes192-ctr", "aes256-ctr"), "-etm@openssh.com"
GCM = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com")
NIST_KEX = ("ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521")
NIST_KEYS = ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521")
RSA_KEYS = ("rsa-sha2-512", "rsa-sha2-256")
SHA2_MACS = ("hmac-sha2-256", "hmac-sha2-512")
DH_GROUPS = ("diffie-hellman-group14-sha256", "diffie-hellman-group16-sha512", "diffie-hellman-group18-sha512")

CLIENTS = [
    OpenSsh("openssh"),
    # What ssh(1) of CentOS 7 offers, less SHA-1 and CBC.
    OpenSsh(
        "openssh-7.4",
        KexAlgorithms=("curve25519-sha256", "curve25519-sha256@libssh.org", *NIST_KEX,
                       "diffie-hellman-group-exchange-sha256", *DH_GROUPS),
        HostKeyAlgorithms=(*NIST_KEYS, "ssh-ed25519", *RSA_KEYS),
        PubkeyAcceptedAlgorithms=(*NIST_KEYS, "ssh-ed25519", *RSA_KEYS),
        Ciphers=("chacha20-poly1305@openssh.com", *CTR, *GCM),
        MACs=(f"umac-64{ETM}", f"umac-128{ETM}", *(mac + ETM for mac in SHA2_MACS), "umac-64@openssh.com",
              "umac-128@openssh.com", *SHA2_MACS),
    ),
    # The policy FIPS of Red Hat's crypto-policies(7), which has no Ed25519.
    OpenSsh(
        "openssh-fips",
        key_kind="ecdsa",
        KexAlgorithms=(*NIST_KEX, "diffie-hellman-group-exchange-sha256", *DH_GROUPS),
        HostKeyAlgorithms=(*NIST_KEYS, *RSA_KEYS),
        PubkeyAcceptedAlgorithms=(*NIST_KEYS, *RSA_KEYS),
        Ciphers=(*GCM, *CTR),
        MACs=(*(mac + ETM for mac in SHA2_MACS), *SHA2_MACS),
    ),
    Plink("plink"),
    Dbclient("dbclient"),
    Python("paramiko-2.12", "with_paramiko.py", ["paramiko==2.12.0", "cryptography<42"]),
    Python("paramiko", "with_paramiko.py", ["paramiko"], is_in_tests_run=True),
    Python("asyncssh", "with_asyncssh.py", ["asyncssh"], tries_password=False, is_in_tests_run=True),
    Python("libssh", "with_libssh.py", ["ssh-python"], shared="ssh_python.libs/libssh-*.so*"),
    SharedLibrary("libssh2-1.10", "with_libssh2.py", "libssh2.so.1", "libssh2-1"),
    Python("libssh2", "with_libssh2.py", ["ssh2-python"], shared="ssh2_python.libs/libssh2-*.so*"),
    Npm("ssh2"),
    Go("go"),
    Python("conch", "with_conch.py", ["twisted[conch]"], tries_password=False),
    Ruby("net-ssh"),
    Erlang("erlang"),
    Jsch("jsch"),
]

# For tests/run: what no acceptance test and no story does already.
SMALL = {
    "plink": ["lines", "stdin", "status", "stderr", "key", "password", "2 sessions"],
    "dbclient": ["lines", "stdin", "status", "stderr", "reset@", "key", "2 keys", "password"],
    "paramiko": list(CASES),
    "asyncssh": ["lines", "stdin", "stderr", "reset@", "key", "2 keys", "password", "2 sessions"],
}


def answers(place):
    return {
        "DOORKEY_ANSWER": str(HERE / "answer"),
        "DOORKEY_ACCOUNT": place.name,
        "DOORKEY_NEW_PASSWORD": NEW_PASSWORD,
        "DOORKEY_EMAILS": str(place.server.emails),
    }


def one_of(found, what):
    if not found:
        raise Missing(f"there is no {what}")
    return sorted(found)[0]


def is_as_before(folder, words):
    marker = folder / ".made-of"
    return marker.exists() and marker.read_text() == "\n".join(words)


def mark(folder, words):
    (folder / ".made-of").write_text("\n".join(words))


def debian_version(package):
    try:
        return checked("dpkg-query", "-W", "-f", "${Version}", package)
    except (FileNotFoundError, Missing):
        return "?"


def lacks(client):
    """The Debian packages that have what is not there."""
    is_there = lambda need: glob.glob(need) if need.startswith("/") else shutil.which(need)
    return sorted({package for need, package in client.needs.items() if not is_there(need)})


def install_packages(clients):
    missing = sorted({package for client in clients for package in lacks(client)})
    if missing:
        print(f"installing {' '.join(missing)}", flush=True)
        environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        checked("apt-get", "install", "-qy", "--no-install-recommends", *missing, env=environment)


def prepare(client, folder):
    """Its version; raises Missing."""
    if missing := lacks(client):
        raise Missing(f"apt-get install {' '.join(missing)}")
    try:
        return client.install(folder)
    except FileNotFoundError as problem:
        raise Missing(f"there is no {problem.filename}") from None
