//! Servers that break off, send what is no LDAP, or never end: what becomes of it is a fault of the right kind, in time.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use doorkey::directory::ldap::{Ldap, LdapSettings, PasswordChange};
use doorkey::directory::{Directory as _, DirectoryFault, EntryRef, PasswordNotSet, Shown, Verdict};
use doorkey::domain::entropy::Entropy;

use super::secret;
use crate::waiting::PATIENCE;

const BIND: u8 = 0x60;
const SEARCH: u8 = 0x63;
const EXTENDED: u8 = 0x77;
const MODIFY: u8 = 0x66;

/// What the server does at a request.
#[derive(Clone)]
enum Act {
    Say(Vec<u8>),
    /// Says it for ever.
    Repeat(Vec<u8>),
    Close,
    Silence,
}

/// A server that does what `act` says at each request, by its kind and its id.
fn server(act: impl Fn(u8, u8) -> Act + Clone + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let act = act.clone();
            std::thread::spawn(move || converse(stream.unwrap(), act));
        }
    });
    format!("ldap://{address}")
}

fn converse(mut stream: TcpStream, act: impl Fn(u8, u8) -> Act) {
    while let Some((kind, id)) = request(&mut stream) {
        let said = match act(kind, id) {
            Act::Say(bytes) => stream.write_all(&bytes),
            Act::Repeat(bytes) => loop {
                if stream.write_all(&bytes).is_err() {
                    return;
                }
            },
            Act::Close => return,
            Act::Silence => Ok(()),
        };
        if said.is_err() {
            return;
        }
    }
}

/// Reads a request and gives its kind and its id, which is below 128 in these tests.
fn request(stream: &mut TcpStream) -> Option<(u8, u8)> {
    let mut head = [0; 2];
    stream.read_exact(&mut head).ok()?;
    let mut length = usize::from(head[1]);
    if length >= 0x80 {
        let mut bytes = vec![0; length & 0x7f];
        stream.read_exact(&mut bytes).ok()?;
        length = bytes.iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte));
    }
    let mut content = vec![0; length];
    stream.read_exact(&mut content).ok()?;
    Some((content[3], content[2]))
}

fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x82], &length[..], &content].concat()
}

fn message(id: u8, operation: &[u8]) -> Vec<u8> {
    element(0x30, &[&[2, 1, id], operation])
}

fn done(id: u8, kind: u8, code: u8) -> Vec<u8> {
    message(id, &element(kind, &[&[0x0a, 1, code, 4, 0, 4, 0]]))
}

fn entry(id: u8) -> Vec<u8> {
    let attribute = |name: &str, value: &str| {
        let set = element(0x31, &[&element(4, &[value.as_bytes()])]);
        element(0x30, &[&element(4, &[name.as_bytes()]), &set])
    };
    let attributes = element(0x30, &[&attribute("entryUUID", "1-2-3"), &attribute("uid", "ada")]);
    message(id, &element(0x64, &[&element(4, &[b"uid=ada,dc=x"]), &attributes]))
}

fn found(id: u8) -> Act {
    Act::Say([entry(id), done(id, 0x65, 0)].concat())
}

fn ldap(url: String, timeout: Duration) -> Ldap {
    let settings = LdapSettings {
        urls: vec![url],
        bind_dn: "cn=portal".to_owned(),
        bind_password: secret("x"),
        user_base: "dc=x".to_owned(),
        password_change: PasswordChange::Exop,
        timeout,
        ..LdapSettings::default()
    };
    Ldap::new(&settings, Entropy::System).unwrap()
}

fn ada() -> EntryRef {
    EntryRef { id: "1-2-3".to_owned(), at: "uid=ada,dc=x".to_owned() }
}

/// It may hash what it is asked to set, and keep as it is what is written.
#[tokio::test]
async fn a_server_that_hides_what_it_can_do_is_sent_no_new_password() {
    let (changes, seen) = std::sync::mpsc::channel();
    let url = server(move |kind, id| match kind {
        BIND => Act::Say(done(id, 0x61, 0)),
        // The root DSE is asked for with the base alone, as an entry is whose id is known: nothing is found.
        SEARCH => Act::Say(done(id, 0x65, 0)),
        _ => {
            changes.send(kind).unwrap();
            Act::Close
        }
    });
    let settings = LdapSettings {
        urls: vec![url],
        bind_dn: "cn=portal".to_owned(),
        bind_password: secret("x"),
        user_base: "dc=x".to_owned(),
        timeout: PATIENCE,
        ..LdapSettings::default()
    };
    let ldap = Ldap::new(&settings, Entropy::System).unwrap();
    let told = ldap.try_out().await.into_iter().find(|finding| finding.what == "change");
    let told = told.expect("a finding").told.expect_err("the root DSE is hidden");
    assert!(told.contains("the root DSE cannot be read"), "{told}");
    assert!(seen.try_recv().is_err(), "a password was written");
}

#[tokio::test]
async fn whether_a_password_was_set_is_unknown_when_the_answer_is_missing_and_is_not_tried_again() {
    for act in [Act::Close, Act::Silence, Act::Say(b"\x30\x03no!".to_vec())] {
        let writes = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counted = writes.clone();
        let is_silent = matches!(act, Act::Silence);
        let url = server(move |kind, id| match kind {
            BIND => Act::Say(done(id, 0x61, 0)),
            SEARCH => found(id),
            EXTENDED | MODIFY => {
                counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                act.clone()
            }
            _ => Act::Close,
        });
        let directory = ldap(url, if is_silent { Duration::from_secs(2) } else { PATIENCE });
        let results = [
            directory.reset(&ada(), &secret("new-password")).await,
            directory.change(&ada(), &secret("old-password"), &secret("new-password")).await,
        ];
        for result in results {
            let Err(PasswordNotSet::Fault(fault)) = result else { panic!("no fault: {result:?}") };
            assert!(fault.is_of_unknown_outcome(), "{fault}");
        }
        assert_eq!(writes.load(std::sync::atomic::Ordering::SeqCst), 2);
    }
}

#[tokio::test]
async fn what_is_no_answer_is_a_directory_that_is_not_reached() {
    let farewell = done(0, 0x78, 52);
    for (what, act) in [
        ("no LDAP", Act::Say(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec())),
        ("a message of four gigabytes", Act::Say(vec![0x30, 0x84, 0xff, 0xff, 0xff, 0xff])),
        ("a length of seventy bytes", Act::Say(vec![0x30, 0xc6, 1, 1, 1, 1, 1, 1])),
        ("a message without an end", Act::Repeat(vec![0x30, 0x80])),
        ("an empty message", Act::Say(vec![0x30, 0])),
        ("the answer to another question", Act::Say(done(99, 0x65, 0))),
        ("a farewell", Act::Say(farewell)),
        ("entries without end", Act::Repeat(entry(1))),
        ("the end", Act::Close),
    ] {
        // The service account's bind has the first id, and the search the second.
        let at = if what == "entries without end" { BIND } else { SEARCH };
        let url = server(move |kind, id| match kind {
            kind if kind == at => act.clone(),
            BIND => Act::Say(done(id, 0x61, 0)),
            _ => Act::Close,
        });
        let began = Instant::now();
        let fault = ldap(url, PATIENCE).lookup("ada").await.unwrap_err();
        assert!(matches!(fault, DirectoryFault::Unreachable(_)), "{what}: {fault}");
        assert!(began.elapsed() < PATIENCE / 2, "{what}: {:?}", began.elapsed());
    }
}

/// Each message is one that may come, and there are as many as may come.
#[tokio::test]
async fn an_answer_of_many_megabytes_is_not_read_to_its_end() {
    let large = |id| {
        let set = element(0x31, &[&element(4, &[&vec![b'x'; 60_000]])]);
        let attributes = element(0x30, &[&element(0x30, &[&element(4, &[b"uid"]), &set])]);
        message(id, &element(0x64, &[&element(4, &[b"uid=ada,dc=x"]), &attributes]))
    };
    let url = server(move |kind, id| match kind {
        BIND => Act::Say(done(id, 0x61, 0)),
        SEARCH => Act::Say([large(id).repeat(100), done(id, 0x65, 0)].concat()),
        _ => Act::Close,
    });
    let fault = ldap(url, PATIENCE).lookup("ada").await.unwrap_err();
    assert!(
        matches!(&fault, DirectoryFault::Unreachable(why) if why.contains("more than an answer may have")),
        "{fault}"
    );
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_in_time() {
    for silent in [BIND, SEARCH] {
        let url = server(move |kind, id| match kind {
            kind if kind == silent => Act::Silence,
            BIND => Act::Say(done(id, 0x61, 0)),
            _ => Act::Close,
        });
        let began = Instant::now();
        let fault = ldap(url, Duration::from_secs(1)).lookup("ada").await.unwrap_err();
        assert!(matches!(fault, DirectoryFault::Unreachable(_)), "{fault}");
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    }
}

/// RFC 4511 section 4.5.1.4 does not say whether such an answer has entries before it.
#[tokio::test]
async fn a_server_that_says_only_that_there_are_more_shows_somebody() {
    for (code, entries, is_anybody) in [(4, 0, true), (4, 1, true), (0, 1, true), (0, 0, false)] {
        let url = server(move |kind, id| match kind {
            BIND => Act::Say(done(id, 0x61, 0)),
            SEARCH => Act::Say([entry(id).repeat(entries), done(id, 0x65, code)].concat()),
            _ => Act::Close,
        });
        let ldap = ldap(url, PATIENCE);
        assert_eq!(ldap.shows(Shown::People).await.unwrap(), is_anybody, "{code} after {entries}");
    }
    // The second search, behind that for the base.
    let url = server(move |kind, id| match kind {
        BIND => Act::Say(done(id, 0x61, 0)),
        SEARCH if id == 3 => Act::Say(done(id, 0x65, 4)),
        SEARCH => found(id),
        _ => Act::Close,
    });
    let findings = ldap(url, PATIENCE).try_out().await;
    let search = findings.iter().find(|finding| finding.what == "search").map(|finding| &finding.told);
    assert!(matches!(search, Some(Ok(told)) if told.contains("finds people")), "{findings:?}");
}

#[tokio::test]
async fn a_bind_that_is_refused_for_one_entry_is_a_verdict_and_one_that_failed_is_a_fault() {
    let judge = |code| async move {
        let binds = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let url = server(move |kind, id| match kind {
            // The first is the service account's.
            BIND if binds.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 => {
                Act::Say(done(id, 0x61, 0))
            }
            BIND => Act::Say(done(id, 0x61, code)),
            SEARCH => found(id),
            _ => Act::Close,
        });
        ldap(url, PATIENCE).verify(Some(&ada()), &secret("a password")).await
    };
    for (code, expected) in [
        (16, Verdict::Wrong),
        (19, Verdict::Locked),
        (34, Verdict::Wrong),
        (48, Verdict::Wrong),
        (50, Verdict::Disabled),
        (53, Verdict::Disabled),
    ] {
        assert_eq!(judge(code).await.unwrap(), expected, "{code}");
    }
    for (code, name) in [(51, "busy (51)"), (52, "unavailable (52)"), (80, "other (80)")] {
        let fault = judge(code).await.unwrap_err();
        assert!(matches!(&fault, DirectoryFault::Unreachable(why) if why.contains(name)), "{fault}");
    }
    let fault = judge(13).await.unwrap_err();
    let name = "confidentialityRequired (13)";
    assert!(matches!(&fault, DirectoryFault::Misconfigured(why) if why.contains(name)), "{fault}");
}

/// The answer to a bind that the password is expired (draft-behera-ldap-password-policy-10, section 6.2).
fn expired(id: u8) -> Vec<u8> {
    let refusal = element(0x61, &[&[0x0a, 1, 49, 4, 0, 4, 0]]);
    let value = [0x30, 3, 0x81, 1, 0];
    let control = element(0x30, &[&element(4, &[b"1.3.6.1.4.1.42.2.27.8.5.1"]), &element(4, &[&value])]);
    element(0x30, &[&[2, 1, id], &refusal, &element(0xa0, &[&control])])
}

#[tokio::test]
async fn a_server_that_calls_any_password_expired_lets_nobody_choose_another_one() {
    let binds = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = binds.clone();
    let url = server(move |kind, id| match kind {
        // The first is the service account's.
        BIND if counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 => Act::Say(done(id, 0x61, 0)),
        BIND => Act::Say(expired(id)),
        SEARCH => found(id),
        EXTENDED | MODIFY => panic!("it must not ask for a new password"),
        _ => Act::Close,
    });
    let directory = ldap(url, PATIENCE);
    let verify = async || directory.verify(Some(&ada()), &secret("any password")).await.unwrap();
    assert_eq!(verify().await, Verdict::Wrong);
    assert_eq!(binds.load(std::sync::atomic::Ordering::SeqCst), 1 + 2);
    // That it does so is remembered: each wrong one counts in the directory.
    assert_eq!(verify().await, Verdict::Wrong);
    let changed = directory.change(&ada(), &secret("any password"), &secret("new-password")).await;
    assert!(matches!(changed, Err(PasswordNotSet::WrongCurrent)), "{changed:?}");
    assert_eq!(binds.load(std::sync::atomic::Ordering::SeqCst), 1 + 2 + 1 + 1);
}

/// The password that it is asked about to compare is one too many, and the answer is another one for that alone.
#[tokio::test]
async fn a_lock_behind_an_expired_password_makes_no_wrong_one_right() {
    for (second, is_told) in [(19, true), (53, true), (51, false)] {
        let binds = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let url = server(move |kind, id| match kind {
            BIND => match binds.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
                0 => Act::Say(done(id, 0x61, 0)),
                1 => Act::Say(expired(id)),
                _ => Act::Say(done(id, 0x61, second)),
            },
            SEARCH => found(id),
            EXTENDED | MODIFY => panic!("it must not ask for a new password"),
            _ => Act::Close,
        });
        let verdict = ldap(url, PATIENCE).verify(Some(&ada()), &secret("any password")).await;
        if is_told {
            assert_eq!(verdict.unwrap(), Verdict::Wrong, "{second}");
        } else {
            assert!(matches!(verdict, Err(DirectoryFault::Unreachable(_))), "{second}");
        }
    }
}

#[tokio::test]
async fn a_server_that_hangs_behind_a_connection_that_was_used_leaves_time_for_another() {
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = asked.clone();
    let hangs = server(move |kind, id| match kind {
        BIND => Act::Say(done(id, 0x61, 0)),
        _ if counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 => found(id),
        _ => Act::Silence,
    });
    let answers = server(|kind, id| match kind {
        BIND => Act::Say(done(id, 0x61, 0)),
        _ => found(id),
    });
    let settings = LdapSettings {
        urls: vec![hangs, answers],
        user_base: "dc=x".to_owned(),
        timeout: Duration::from_secs(6),
        ..LdapSettings::default()
    };
    let ldap = Ldap::new(&settings, Entropy::System).unwrap();
    for said in ["the first answers", "it hangs, and the other one answers", "the other one is asked at once"]
    {
        assert!(ldap.lookup("ada").await.is_ok_and(|found| found.is_some()), "{said}");
    }
    assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), 2, "it is not asked again");
}
