// Go's golang.org/x/crypto/ssh. See request.py for what is asked of a client program.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

func failed(why ...any) {
	fmt.Fprintln(os.Stderr, why...)
	os.Exit(99)
}

func must(err error) {
	if err != nil {
		failed(err)
	}
}

func answer(prompt string) (string, error) {
	said, err := exec.Command(os.Getenv("DOORKEY_ANSWER"), prompt).Output()
	return strings.TrimRight(string(said), "\n"), err
}

func methods() []ssh.AuthMethod {
	var signers []ssh.Signer
	for _, path := range strings.Split(os.Getenv("DOORKEY_KEYS"), ":") {
		if path == "" {
			continue
		}
		text, err := os.ReadFile(path)
		must(err)
		signer, err := ssh.ParsePrivateKey(text)
		must(err)
		signers = append(signers, signer)
	}
	if signers != nil {
		return []ssh.AuthMethod{ssh.PublicKeys(signers...)}
	}
	prompts := ssh.KeyboardInteractive(func(name, text string, questions []string, echos []bool) ([]string, error) {
		answers := make([]string, len(questions))
		for at, question := range questions {
			said, err := answer(question)
			if err != nil {
				return nil, err
			}
			answers[at] = said
		}
		return answers, nil
	})
	if password, is := os.LookupEnv("DOORKEY_PASSWORD"); is {
		return []ssh.AuthMethod{ssh.Password(password), prompts}
	}
	return []ssh.AuthMethod{prompts}
}

type session struct {
	*ssh.Session
	in  io.WriteCloser
	out io.Reader
	err bytes.Buffer
}

func open(client *ssh.Client, hasPty bool, command string) *session {
	raw, err := client.NewSession()
	must(err)
	s := &session{Session: raw}
	s.in, err = raw.StdinPipe()
	must(err)
	s.out, err = raw.StdoutPipe()
	must(err)
	raw.Stderr = &s.err
	if hasPty {
		must(raw.RequestPty("xterm", 30, 100, ssh.TerminalModes{}))
	}
	if command == "" {
		must(raw.Shell())
	} else {
		must(raw.Start(command))
	}
	return s
}

func (s *session) finish() (out []byte, status int) {
	out, err := io.ReadAll(s.out)
	must(err)
	err = s.Wait()
	var exit *ssh.ExitError
	if errors.As(err, &exit) {
		return out, exit.ExitStatus()
	}
	must(err)
	return out, 0
}

func main() {
	client, err := ssh.Dial("tcp", "127.0.0.1:"+os.Getenv("DOORKEY_PORT"), &ssh.ClientConfig{
		User:            os.Getenv("DOORKEY_USER"),
		Auth:            methods(),
		HostKeyCallback: ssh.InsecureIgnoreHostKey(),
		Timeout:         10 * time.Second,
	})
	must(err)
	hasPty := os.Getenv("DOORKEY_PTY") != ""
	first := open(client, hasPty, os.Getenv("DOORKEY_COMMAND"))
	var said bytes.Buffer
	if command := os.Getenv("DOORKEY_SECOND"); command != "" {
		second := open(client, false, command)
		second.in.Close()
		out, status := second.finish()
		if status != 0 {
			failed("the second session ended with", status, string(out), second.err.String())
		}
		said.Write(out)
	}
	io.WriteString(first.in, os.Getenv("DOORKEY_INPUT"))
	if await := os.Getenv("DOORKEY_AWAIT"); await != "" {
		part := make([]byte, 65536)
		for !bytes.Contains(said.Bytes(), []byte(await)) {
			count, err := first.out.Read(part)
			said.Write(part[:count])
			if err != nil {
				failed("it ended too early:", said.String(), first.err.String())
			}
		}
		io.WriteString(first.in, os.Getenv("DOORKEY_THEN"))
	}
	if !hasPty {
		first.in.Close()
	}
	out, status := first.finish()
	os.Stdout.Write(said.Bytes())
	os.Stdout.Write(out)
	os.Stderr.Write(first.err.Bytes())
	os.Exit(status)
}
