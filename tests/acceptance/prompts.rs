//! The reset inside ssh's own prompts, by clients that do not keep to the questions. The stories of those who do
//! are in tests/expect.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;

use russh::client::{self, Handle, KeyboardInteractiveAuthResponse as Answer};
use tokio::net::TcpSocket;

use super::any_host_key::AnyHostKey;
use super::commands::{Key, Laptop};
use super::line_client::LineClient;
use super::server::{ADAS_PASSWORD, Server, TempFolder};
use super::waiting::wait_until;

async fn connect(address: SocketAddr) -> Handle<AnyHostKey> {
    client::connect(Arc::new(client::Config::default()), address, AnyHostKey::default()).await.unwrap()
}

async fn begin(client: &mut Handle<AnyHostKey>) -> Answer {
    begin_as(client, "reset").await
}

async fn begin_as(client: &mut Handle<AnyHostKey>, user: &str) -> Answer {
    client.authenticate_keyboard_interactive_start(user, None).await.unwrap()
}

async fn answer(client: &mut Handle<AnyHostKey>, answers: &[&str]) -> Answer {
    let answers = answers.iter().map(|&answer| answer.to_owned()).collect();
    client.authenticate_keyboard_interactive_respond(answers).await.unwrap()
}

/// What is asked, when exactly one thing is, and what is said before it.
fn asked(answer: Answer) -> (String, String, bool) {
    let Answer::InfoRequest { instructions, mut prompts, .. } = answer else {
        panic!("no question: {answer:?}")
    };
    assert_eq!(prompts.len(), 1, "{prompts:?}");
    let prompt = prompts.remove(0);
    // The prompt stands on a line of its own, also with a client that prints both as they are.
    let said = instructions.trim_end_matches('\n').to_owned();
    let lines_end = if said.is_empty() { "" } else { "\n" };
    assert_eq!(instructions, format!("{said}{lines_end}"));
    (prompt.prompt, said, prompt.echo)
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_codes_are_shown_and_passwords_are_not() {
    let server = Server::start();
    let mut ada = connect(server.address()).await;
    let (prompt, said, echo) = asked(begin(&mut ada).await);
    assert_eq!((prompt.as_str(), echo), ("Email or username: ", true));
    assert!(said.starts_with("Reset your password\n"), "{said}");
    let (prompt, said, echo) = asked(answer(&mut ada, &["ada"]).await);
    assert_eq!((prompt.as_str(), echo), ("Code: ", true));
    for need in ["10 minutes", "portal@acme.example", "spam or junk", "spelling", "support@acme.example"] {
        assert!(said.contains(need), "{need} is missing in: {said}");
    }
    let code = server.code("ada", 1);
    let (prompt, _, echo) = asked(answer(&mut ada, &[&code]).await);
    assert_eq!((prompt.as_str(), echo), ("New password: ", false));
    let (prompt, _, echo) = asked(answer(&mut ada, &["plum tractor seventeen"]).await);
    assert_eq!((prompt.as_str(), echo), ("Confirm new password: ", false));
    let done = answer(&mut ada, &["plum tractor seventeen"]).await;
    assert!(matches!(done, Answer::Success), "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_code_is_asked_for_looked_at_and_used_in_prompts() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    let passwords = format!("{ADAS_PASSWORD}\na thief was here today\n");
    assert_eq!(laptop.pipes(&passwords, "ada", "passwd --stdin").code, Some(0));
    let email = server.email("ada", "password was changed", 1);
    let code = email.undo_code().expect("an undo code");

    let mut ada = connect(server.address()).await;
    let (prompt, said, echo) = asked(begin_as(&mut ada, "undo").await);
    assert_eq!((prompt.as_str(), echo), ("Undo code: ", true));
    assert!(said.starts_with("Undo a change\n") && said.contains("support@acme.example"), "{said}");
    let (prompt, said, _) = asked(answer(&mut ada, &["BBBB-BBBB-BBBB-BBBB"]).await);
    assert!(prompt == "Undo code: " && said.ends_with("[undo-code-refused]"), "{said}");
    let (prompt, said, _) = asked(answer(&mut ada, &[code]).await);
    assert_eq!(prompt, "Choice: ");
    for need in ["Account: ada", "Change: Password changed", "From: 127.0.0.1", "[undo]", "[back]"] {
        assert!(said.contains(need), "{need} is missing in: {said}");
    }
    let (prompt, said, echo) = asked(answer(&mut ada, &["undo"]).await);
    assert_eq!((prompt.as_str(), echo), ("New password: ", false));
    assert!(said.contains("[change-undone]"), "{said}");
    let (prompt, _, echo) = asked(answer(&mut ada, &["plum tractor seventeen"]).await);
    assert_eq!((prompt.as_str(), echo), ("Confirm new password: ", false));
    let done = answer(&mut ada, &["plum tractor seventeen"]).await;
    assert!(matches!(done, Answer::Success), "{done:?}");
}

/// Places and time are the same as for a reset, and shared with it.
#[tokio::test(flavor = "multi_thread")]
async fn undo_and_reset_share_four_places_for_one_source() {
    let server = Server::start();
    let mut busy = Vec::new();
    for user in ["undo", "reset", "undo", "undo"] {
        let mut client = connect(server.address()).await;
        asked(begin_as(&mut client, user).await);
        busy.push(client);
    }
    let mut fifth = connect(server.address()).await;
    let Answer::InfoRequest { instructions, prompts, .. } = begin_as(&mut fifth, "undo").await else {
        panic!("silence")
    };
    assert!(prompts.is_empty() && instructions.ends_with("[busy]\n"), "{instructions}");
}

/// From a network of its own: all of 127.0.0.0/8 is this machine.
async fn connect_from(from: &str, address: SocketAddr) -> Handle<AnyHostKey> {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(from.parse().unwrap(), 0)).unwrap();
    let stream = socket.connect(address).await.unwrap();
    client::connect_stream(Arc::new(client::Config::default()), stream, AnyHostKey::default()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_networks_with_four_idle_prompts_each_shut_nobody_else_out() {
    // An eighth of all connections can have prompts.
    let server = TempFolder::new().with("DOORKEY__SSH__MAX_CONNECTIONS", "512").start().furnished();
    let mut idle = Vec::new();
    for network in 1..=16 {
        for _ in 0..4 {
            let mut client = connect_from(&format!("127.1.{network}.1"), server.address()).await;
            asked(begin(&mut client).await);
            idle.push(client);
        }
    }
    let mut ada = connect(server.address()).await;
    asked(begin(&mut ada).await);
    // The one that has been silent longest has given way, and only that one: its answer gets none.
    for (nth, goes_on) in [(0, false), (1, true), (63, true)] {
        let answered = idle[nth].authenticate_keyboard_interactive_respond(vec!["ada".to_owned()]).await;
        assert_eq!(matches!(answered, Ok(Answer::InfoRequest { .. })), goes_on, "{nth}: {answered:?}");
    }
    let (prompt, _, _) = asked(answer(&mut ada, &["ada"]).await);
    assert_eq!(prompt, "Code: ");
    // Those who have as many as anybody hear of another way.
    let mut more = connect_from("127.1.2.1", server.address()).await;
    let Answer::InfoRequest { instructions, prompts, .. } = begin(&mut more).await else { panic!("silence") };
    assert!(prompts.is_empty() && instructions.ends_with("[busy]\n"), "{instructions}");
    assert!(instructions.contains("ssh -t") && instructions.contains("account@"), "{instructions}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_used_the_code_is_not_cut_off_before_the_new_password() {
    let server = TempFolder::new().with("DOORKEY__SSH__MAX_CONNECTIONS", "32").start().furnished();
    let mut ada = connect(server.address()).await;
    begin(&mut ada).await;
    answer(&mut ada, &["ada"]).await;
    let (prompt, _, _) = asked(answer(&mut ada, &[&server.code("ada", 1)]).await);
    assert_eq!(prompt, "New password: ");
    let mut others = Vec::new();
    for _ in 0..3 {
        let mut other = connect(server.address()).await;
        begin(&mut other).await;
        answer(&mut other, &["jolie"]).await;
        others.push(other);
    }
    // All four places are taken from one address, and ada has been silent longest.
    let mut newcomer = connect_from("127.9.0.1", server.address()).await;
    asked(begin(&mut newcomer).await);
    let cut = others[0].authenticate_keyboard_interactive_respond(vec!["BCDF-GHJK".to_owned()]).await;
    assert!(!matches!(cut, Ok(Answer::InfoRequest { .. })), "{cut:?}");
    let (prompt, _, _) = asked(answer(&mut ada, &["granite umbrella forty two"]).await);
    assert_eq!(prompt, "Confirm new password: ");
    let done = answer(&mut ada, &["granite umbrella forty two"]).await;
    assert!(matches!(done, Answer::Success), "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_and_an_unknown_name_are_asked_the_same() {
    let server = Server::start();
    let mut said = Vec::new();
    for name in ["grace", "jolie"] {
        let mut client = connect(server.address()).await;
        begin(&mut client).await;
        let (prompt, text, _) = asked(answer(&mut client, &[name]).await);
        said.push((prompt, text.replace(name, "NAME").split("Another code").next().map(str::to_owned)));
    }
    assert_eq!(said[0], said[1]);
}

/// RFC 4256 section 3.4: the count must match. The account is asked for something else afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn answers_that_fit_no_question_are_refused() {
    let server = Server::start();
    let long = "x".repeat(1_025);
    let wrong: [&[&str]; 4] = [&[], &["ada", "ada"], &["ada", "ada", "ada"], &[&long]];
    for answers in wrong {
        let mut client = connect(server.address()).await;
        begin(&mut client).await;
        let refused = answer(&mut client, answers).await;
        assert!(matches!(refused, Answer::Failure { .. }), "{answers:?}: {refused:?}");
    }
}

/// RFC 4256 section 3.4, with numbers of answers that are no clients'. A number above what was sent is lost in russh
/// (`read_userauth_info_response`), which hands over the answers that there are: they count.
#[test]
fn a_number_of_answers_other_than_asked_for_is_refused() {
    let server = Server::start();
    let output = Command::new("/usr/bin/python3")
        .args(["-W", "ignore", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile/answer_counts.py")])
        .arg(server.address().port().to_string())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let counts = ["0 0", "0 1", "3 3", "ffffffff 0", "ffffffff 2", "1 2"];
    let expected = counts.map(|count| format!("{count}: asked 1, refused"));
    assert_eq!(said.lines().collect::<Vec<_>>(), expected, "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_answers_without_end_is_refused() {
    let server = Server::start();
    let mut client = connect(server.address()).await;
    begin(&mut client).await;
    let mut answers = 0;
    while let Answer::InfoRequest { .. } = answer(&mut client, &["?"]).await {
        answers += 1;
        assert!(answers < 100, "it goes on and on");
    }
    assert_eq!(answers, 24);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_source_is_asked_four_times_at_once_and_the_fifth_is_told_so() {
    let server = Server::start();
    let mut busy = Vec::new();
    for _ in 0..4 {
        let mut client = connect(server.address()).await;
        asked(begin(&mut client).await);
        busy.push(client);
    }
    let mut fifth = connect(server.address()).await;
    let Answer::InfoRequest { instructions, prompts, .. } = begin(&mut fifth).await else {
        panic!("silence")
    };
    assert!(prompts.is_empty() && instructions.ends_with("[busy]\n"), "{instructions}");
    assert!(matches!(answer(&mut fifth, &[]).await, Answer::Failure { .. }));

    busy.clear();
    let mut sixth = connect(server.address()).await;
    // Those who left are noticed when their connections are.
    for _ in 0..1_000 {
        if let Answer::InfoRequest { prompts, .. } = begin(&mut sixth).await
            && !prompts.is_empty()
        {
            return;
        }
        sixth = connect(server.address()).await;
    }
    panic!("a place that was left is not free");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_reads_an_email_is_waited_for_longer_than_somebody_who_logs_in() {
    let place = TempFolder::new().with("DOORKEY__SSH__LOGIN_GRACE_TIME", "1");
    let server = place.with("DOORKEY__SSH__CLIENT_ALIVE_INTERVAL", "1").start().furnished();
    let mut ada = connect(server.address()).await;
    begin(&mut ada).await;
    asked(answer(&mut ada, &["ada"]).await);
    // A connection that asks nothing is ended by its deadline, which is later than ada's would have been.
    let other = connect(server.address()).await;
    wait_until("the other one to be ended", || other.is_closed().then_some(()));
    let code = server.code("ada", 1);
    let (prompt, _, _) = asked(answer(&mut ada, &[&code]).await);
    assert_eq!(prompt, "New password: ");
}

#[test]
fn a_new_request_abandons_the_questions_and_another_name_gets_nothing_of_them() {
    let server = Server::start();
    let output = Command::new("/usr/bin/python3")
        .args(["-W", "ignore", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile/begin_anew.py")])
        .arg(server.address().port().to_string())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    let expected = "account: asked 1 times, let in\nreset: asked 2 times, BadAuthenticationType\n";
    assert_eq!(said, expected, "{errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_in_ssh_s_own_prompts_suspends_a_thiefs_key() {
    let server = Server::start();
    Key::make().registered_by_ada(&server);
    let for_sshd = || String::from_utf8(server.done(&["authorized-keys", "ada"], "").stdout).unwrap();
    assert!(for_sshd().contains("ssh-ed25519"));
    let mut ada = connect(server.address()).await;
    begin(&mut ada).await;
    answer(&mut ada, &["ada"]).await;
    let code = server.code("ada", 1);
    for words in [code.as_str(), "plum tractor seventeen"] {
        asked(answer(&mut ada, &[words]).await);
    }
    assert!(matches!(answer(&mut ada, &["plum tractor seventeen"]).await, Answer::Success));
    assert_eq!(for_sshd(), "");
    let mut session = LineClient::begin_authenticated(ada).await;
    session.hears("[password-reset]", 1).await;
    session.hears("suspended 1 recently added key or address", 1).await;
}

/// dropbear's client prints what is said as it is, and the prompt right behind it.
#[test]
fn dbclient_shows_each_prompt_on_a_line_of_its_own() {
    let server = Server::start();
    let story = format!(
        r"set timeout 30
        spawn -noecho -ignore HUP dbclient -y -y -T -p {} reset@127.0.0.1
        foreach {{prompt answer}} {{Email\ or\ username ada Code ? Choice leave}} {{
            expect -re \n$prompt:\  {{}} timeout {{exit 1}} eof {{exit 2}}
            send $answer\r
        }}
        expect -re {{\nOK: Goodbye.*\[goodbye\]}} {{}} timeout {{exit 3}} eof {{exit 4}}",
        server.address().port()
    );
    let done = Command::new("expect").args(["-c", &story]).output().unwrap();
    assert!(done.status.success(), "{:?}: {}", done.status, String::from_utf8_lossy(&done.stdout));
}

/// Erlang's client takes a success without a question for an error in the protocol.
#[tokio::test(flavor = "multi_thread")]
async fn keyboard_interactive_asks_for_nothing_before_it_lets_anybody_in() {
    let server = Server::start();
    let mut guest = connect(server.address()).await;
    let asked = begin_as(&mut guest, "account").await;
    let Answer::InfoRequest { name, instructions, prompts } = asked else { panic!("{asked:?}") };
    assert_eq!((name.as_str(), instructions.as_str(), prompts.len()), ("", "", 0));
    let refused = answer(&mut guest, &["something"]).await;
    assert!(matches!(refused, Answer::Failure { .. }), "{refused:?}");
    begin_as(&mut guest, "account").await;
    assert!(matches!(answer(&mut guest, &[]).await, Answer::Success));
}
