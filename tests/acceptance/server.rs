//! The real server in its own process: a temporary folder, a port that the system chooses, accounts created
//! by the operator's commands, and emails read from the outbox folder.

use std::ffi::OsString;
use std::fs::Permissions;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, LazyLock, Mutex};

use tempfile::TempDir;

use super::email::EmailMessage;
use super::waiting::wait_until;

/// The program under test.
const DOORKEY: &str = env!("CARGO_BIN_EXE_doorkey");

/// A running server; stopped and removed when dropped.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    place: TempFolder,
    said: Arc<Mutex<String>>,
}

/// Where a server lives and what it is told; outlives the process, so that it can be started again.
pub(crate) struct TempFolder {
    folder: TempDir,
    settings: Vec<(String, String)>,
}

impl TempFolder {
    /// A fresh folder with the fastest password hash that the policy allows.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let within = |name: &str| folder.path().join(name).display().to_string();
        let settings = [
            ("DOORKEY__SSH__PORT", "0".to_owned()),
            ("DOORKEY__SSH__HOST_KEY", within("keys/ssh_host_ed25519_key")),
            ("DOORKEY__KEYS__SECRET_KEYS", within("keys/secret_keys")),
            ("DOORKEY__STORE__URL", format!("sqlite:{}", within("doorkey.db"))),
            ("DOORKEY__MAIL__DIRECTORY", within("outbox")),
            ("DOORKEY__MAIL__FROM", "portal@acme.example".to_owned()),
            ("DOORKEY__PORTAL__ORGANISATION", "acme.example".to_owned()),
            ("DOORKEY__PORTAL__SUPPORT", "support@acme.example".to_owned()),
            ("DOORKEY__PASSWORD__MEMORY_KIB", "19456".to_owned()),
            // Everybody in a test comes from one source, and tests wait for lines.
            ("DOORKEY__LOG__LINES_PER_SOURCE", "10000".to_owned()),
            ("DOORKEY__LOG__LINES_PER_SECOND", "10000".to_owned()),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value)).into();
        std::fs::create_dir(folder.path().join("keys")).unwrap();
        Self { folder, settings }
    }

    /// The same with one more setting, `DOORKEY__SECTION__KEY`.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same where this test may look into the process: in the sandbox, its descriptors and its memory are for root
    /// alone to see.
    pub(crate) fn inspectable(self) -> Self {
        let sandbox = rustix::process::geteuid().is_root();
        self.with("DOORKEY__SSH__SANDBOX", &sandbox.to_string())
    }

    /// The same with a copy of another server's keys, as every node of one portal has them.
    pub(crate) fn with_keys_of(self, server: &Server) -> Self {
        for key in ["keys/secret_keys", "keys/ssh_host_ed25519_key"] {
            std::fs::copy(server.place_path(key), self.path(key)).unwrap();
        }
        self
    }

    /// A path inside the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program with `words`, seeing this place's settings and nothing else of the environment.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(DOORKEY);
        command.args(words).current_dir(self.folder.path()).env_clear();
        command.envs(self.settings.iter().cloned());
        command
    }

    /// Runs an operator's command to its end, with `input` on its standard input.
    pub(crate) fn run(&self, words: &[&str], input: &str) -> Output {
        let mut command = self.command(words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A command that does not read its input closes it; that is its right.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    /// Starts the server here.
    pub(crate) fn start(self) -> Server {
        let command = self.command(&["serve"]);
        self.start_by(command)
    }

    /// Starts the server here by `command`.
    pub(crate) fn start_by(self, mut command: Command) -> Server {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        listen_to(child.stdout.take().unwrap(), &said);
        listen_to(child.stderr.take().unwrap(), &said);
        let address = wait_until("the line with the address", || {
            let said = said.lock().unwrap();
            let gone = child.try_wait().unwrap();
            assert!(gone.is_none(), "the server ended at once ({gone:?}):\n{said}");
            said.lines().find_map(|line| line.strip_prefix("listening on ")?.parse().ok())
        });
        Server { child, address, place: self, said }
    }
}

/// What is in a folder and in those below it, in memory: nothing is left on the disk when the tests end.
struct FolderCopy(Vec<(OsString, Permissions, Content)>);

enum Content {
    File(Vec<u8>),
    Folder(FolderCopy),
}

impl FolderCopy {
    fn of(folder: &Path) -> Self {
        let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
        let copies = entries.map(|entry| {
            let (path, metadata) = (entry.path(), entry.metadata().unwrap());
            let content = if metadata.is_dir() {
                Content::Folder(Self::of(&path))
            } else {
                Content::File(std::fs::read(&path).unwrap())
            };
            (entry.file_name(), metadata.permissions(), content)
        });
        Self(copies.collect())
    }

    /// Writes it all into `folder`, with the modes that it had.
    fn write_to(&self, folder: &Path) {
        for (name, permissions, content) in &self.0 {
            let path = folder.join(name);
            match content {
                Content::File(bytes) => std::fs::write(&path, bytes).unwrap(),
                Content::Folder(copy) => {
                    std::fs::create_dir_all(&path).unwrap();
                    copy.write_to(&path);
                }
            }
            std::fs::set_permissions(&path, permissions.clone()).unwrap();
        }
    }
}

/// Collects what a process says, line by line, on a thread of its own.
fn listen_to(stream: impl Read + Send + 'static, said: &Arc<Mutex<String>>) {
    let said = Arc::clone(said);
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let mut said = said.lock().unwrap();
            said.push_str(&line);
            said.push('\n');
        }
    });
}

impl Server {
    /// A server with the default settings and two accounts, `ada` and `grace`, who share a team: on a copy of what was
    /// made once, as making it anew takes five commands, each a process that opens the store.
    pub(crate) fn start() -> Self {
        static MODEL: LazyLock<FolderCopy> = LazyLock::new(|| {
            let server = TempFolder::new().start().furnished();
            server.terminate();
            let (code, place) = server.ended();
            assert_eq!(code, Some(0));
            FolderCopy::of(place.folder.path())
        });
        let place = TempFolder::new();
        MODEL.write_to(place.folder.path());
        place.start()
    }

    /// The same with as many lines of log in a second as the defaults allow.
    pub(crate) fn with_its_own_limits(format: &str) -> Self {
        let mut place = TempFolder::new().with("DOORKEY__LOG__FORMAT", format);
        place.settings.retain(|(name, _)| !name.starts_with("DOORKEY__LOG__LINES_"));
        place.start().furnished()
    }

    /// The accounts and teams that the stories speak of.
    pub(crate) fn furnished(self) -> Self {
        self.add_user("ada", Some(ADAS_PASSWORD));
        self.add_user("grace", None);
        let done = self.done(&["team", "add", "Platform", "--description", "Keeps the lights on."], "");
        assert!(done.status.success());
        self.done(&["team", "add-member", "Platform", "ada", "--role", "owner"], "");
        self.done(&["team", "add-member", "Platform", "grace"], "");
        self
    }

    /// Makes `name` with the address `name@example.org`.
    pub(crate) fn add_user(&self, name: &str, password: Option<&str>) {
        let address = format!("{name}@example.org");
        let mut words = vec!["user", "add", name, "--email", &address];
        words.extend(password.map(|_| "--password-stdin"));
        self.done(&words, password.unwrap_or_default());
    }

    /// Runs an operator's command that must succeed.
    pub(crate) fn done(&self, words: &[&str], input: &str) -> Output {
        let output = self.place.run(words, input);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "doorkey {} failed: {errors}", words.join(" "));
        output
    }

    /// Its settings, as a process has them in its environment.
    pub(crate) fn settings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.place.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Where it lives.
    pub(crate) fn place(&self) -> &TempFolder {
        &self.place
    }

    /// A path inside its folder.
    pub(crate) fn place_path(&self, name: &str) -> PathBuf {
        self.place.path(name)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The id of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Resident memory of the process, in KiB.
    pub(crate) fn memory_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Open descriptors of the process.
    pub(crate) fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap().count()
    }

    /// Open sockets of the process: its own, and one for each connection.
    pub(crate) fn sockets(&self) -> usize {
        let descriptors = std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap();
        let targets =
            descriptors.flatten().filter_map(|descriptor| std::fs::read_link(descriptor.path()).ok());
        targets.filter(|target| target.to_string_lossy().starts_with("socket:")).count()
    }

    /// Everything it wrote so far: its log.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// The newest email to `name@example.org` whose subject has `subject` in it, when there are `count` such.
    pub(crate) fn email(&self, name: &str, subject: &str, count: usize) -> EmailMessage {
        let (address, outbox) = (format!("{name}@example.org"), self.place.path("outbox"));
        wait_until(&format!("email {count} with '{subject}' to {address}"), || {
            let mut emails = EmailMessage::all_in(&outbox);
            emails.retain(|email| email.to.contains(&address) && email.subject.contains(subject));
            (emails.len() >= count).then(|| emails.pop()).flatten()
        })
    }

    /// The code in the `count`th email with one to `address`.
    pub(crate) fn code_at(&self, address: &str, count: usize) -> String {
        let outbox = self.place.path("outbox");
        wait_until(&format!("code {count} to {address}"), || {
            let mut emails = EmailMessage::all_in(&outbox);
            emails.retain(|email| email.to.contains(address) && email.code().is_some());
            (emails.len() >= count).then(|| emails.pop()).flatten()?.code().map(str::to_owned)
        })
    }

    /// How many emails went to `name@example.org`.
    pub(crate) fn emails(&self, name: &str) -> usize {
        let address = format!("{name}@example.org");
        let emails = EmailMessage::all_in(&self.place.path("outbox"));
        emails.iter().filter(|email| email.to.contains(&address)).count()
    }

    /// Runs an operator's command that may fail.
    pub(crate) fn run(&self, words: &[&str], input: &str) -> Output {
        self.place.run(words, input)
    }

    /// The code in the `count`th code email to `name`.
    pub(crate) fn code(&self, name: &str, count: usize) -> String {
        self.code_at(&format!("{name}@example.org"), count)
    }

    /// Asks the process to stop, as systemd does.
    pub(crate) fn terminate(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the end of the process after [`Server::terminate`]; gives its exit code and the place back.
    pub(crate) fn ended(mut self) -> (Option<i32>, TempFolder) {
        let status = wait_until("the end of the server", || self.child.try_wait().unwrap());
        (status.code(), std::mem::replace(&mut self.place, TempFolder::new()))
    }

    /// Waits until so many requests were begun since the start; the server must log at level `debug`.
    pub(crate) fn wait_for_requests(&self, count: usize) {
        wait_until(&format!("request {count}"), || {
            (self.said().matches("a request began").count() >= count).then_some(())
        });
    }

    /// Ends the process as a power cut would, and gives the place back.
    pub(crate) fn kill(mut self) -> TempFolder {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        std::mem::replace(&mut self.place, TempFolder::new())
    }
}

/// What `ada` has before any story.
pub(crate) const ADAS_PASSWORD: &str = "violet engine numbers";

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already; then there is nothing to stop.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let said = self.said();
            // The log belongs to the failure that is being reported.
            let _ = writeln!(std::io::stderr(), "--- the server said\n{said}---");
        }
    }
}
