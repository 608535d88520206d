// JSch, under Ant, Eclipse and Jenkins. See request.py for what is asked of a client program.
import com.jcraft.jsch.ChannelExec;
import com.jcraft.jsch.Channel;
import com.jcraft.jsch.ChannelShell;
import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.Session;
import com.jcraft.jsch.UIKeyboardInteractive;
import com.jcraft.jsch.UserInfo;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

public class WithJsch {
    static String env(String name) {
        String value = System.getenv(name);
        return value == null ? "" : value;
    }

    static class Person implements UserInfo, UIKeyboardInteractive {
        public String getPassphrase() { return null; }
        public String getPassword() { return System.getenv("DOORKEY_PASSWORD"); }
        public boolean promptPassword(String message) { return getPassword() != null; }
        public boolean promptPassphrase(String message) { return false; }
        public boolean promptYesNo(String message) { return true; }
        public void showMessage(String message) { }

        public String[] promptKeyboardInteractive(
                String destination, String name, String text, String[] prompts, boolean[] echo) {
            String[] answers = new String[prompts.length];
            for (int at = 0; at < prompts.length; at++) {
                try {
                    Process person = new ProcessBuilder(env("DOORKEY_ANSWER"), prompts[at]).start();
                    answers[at] = new String(person.getInputStream().readAllBytes(), StandardCharsets.UTF_8).stripTrailing();
                } catch (java.io.IOException problem) {
                    return null;
                }
            }
            return answers;
        }
    }

    static class One {
        final Channel channel;
        final ByteArrayOutputStream out = new ByteArrayOutputStream(), err = new ByteArrayOutputStream();
        final InputStream said;
        final OutputStream typing;

        One(Session session, boolean hasPty, String command) throws Exception {
            channel = session.openChannel(command.isEmpty() ? "shell" : "exec");
            if (channel instanceof ChannelExec) {
                ChannelExec exec = (ChannelExec) channel;
                exec.setCommand(command.getBytes(StandardCharsets.UTF_8));
                exec.setPty(hasPty);
                exec.setErrStream(err);
                if (hasPty) exec.setPtyType("xterm", 100, 30, 0, 0);
            } else {
                ChannelShell shell = (ChannelShell) channel;
                shell.setPty(hasPty);
                shell.setExtOutputStream(err);
                if (hasPty) shell.setPtyType("xterm", 100, 30, 0, 0);
            }
            said = channel.getInputStream();
            typing = channel.getOutputStream();
            channel.connect(10_000);
        }

        void send(String text) throws Exception {
            if (text.isEmpty()) return;
            typing.write(text.getBytes(StandardCharsets.UTF_8));
            typing.flush();
        }

        /** Reads until the text has come, or to the end. */
        boolean reads(String await) throws Exception {
            byte[] part = new byte[65536];
            while (await == null || !out.toString(StandardCharsets.UTF_8).contains(await)) {
                int count = said.read(part);
                if (count < 0) return await == null;
                out.write(part, 0, count);
            }
            return true;
        }

        int finish() throws Exception {
            reads(null);
            // The status comes with the close, a packet behind the end of the output.
            for (int tries = 0; tries < 1_000 && !channel.isClosed(); tries++) Thread.sleep(10);
            return channel.getExitStatus();
        }
    }

    static void failed(String why) {
        System.err.println(why);
        System.err.flush();
        System.exit(99);
    }

    public static void main(String[] words) throws Exception {
        try {
            talk();
        } catch (JSchException problem) {
            failed(problem.toString());
        }
    }

    static void talk() throws Exception {
        JSch jsch = new JSch();
        for (String key : env("DOORKEY_KEYS").split(":")) {
            if (!key.isEmpty()) jsch.addIdentity(key);
        }
        Session session = jsch.getSession(env("DOORKEY_USER"), "127.0.0.1", Integer.parseInt(env("DOORKEY_PORT")));
        session.setConfig("StrictHostKeyChecking", "no");
        session.setConfig("PreferredAuthentications", env("DOORKEY_KEYS").isEmpty()
            ? (System.getenv("DOORKEY_PASSWORD") == null ? "keyboard-interactive" : "password,keyboard-interactive")
            : "publickey");
        session.setUserInfo(new Person());
        session.connect(30_000);
        boolean hasPty = !env("DOORKEY_PTY").isEmpty();
        One first = new One(session, hasPty, env("DOORKEY_COMMAND"));
        if (!env("DOORKEY_SECOND").isEmpty()) {
            One second = new One(session, false, env("DOORKEY_SECOND"));
            second.typing.close();
            int status = second.finish();
            if (status != 0) failed("the second session ended with " + status + ": " + second.out + second.err);
            second.out.writeTo(System.out);
        }
        first.send(env("DOORKEY_INPUT"));
        if (!env("DOORKEY_AWAIT").isEmpty()) {
            if (!first.reads(env("DOORKEY_AWAIT"))) failed("it ended too early: " + first.out + first.err);
            first.send(env("DOORKEY_THEN"));
        }
        if (!hasPty) first.typing.close();
        int status = first.finish();
        first.out.writeTo(System.out);
        first.err.writeTo(System.err);
        System.out.flush();
        System.exit(status);
    }
}
