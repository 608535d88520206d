//! Each face takes a code from whoever holds it, whatever strangers have typed: the screen, line mode, commands by the
//! real `ssh`, and ssh's own prompts. All of them come from this machine, so the owner asked for the code there, or
//! signed in there, or brings the request's id to it. Codes that nobody in particular holds are taken too.

use std::io::Write;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;

use doorkey::accounts::Rules;
use doorkey::accounts::request::RequestId;
use russh::client::{self, KeyboardInteractiveAuthResponse as Answer};

use super::any_host_key::AnyHostKey;
use super::engine::on_both_engines;
use super::fixture::serve;
use super::line_client::LineClient;
use super::person::{Key, Person};
use super::service::{FIRST, Service, code_in, patient};
use super::steps::{choose, enter_code};
use super::stranger::stranger_ssh;

const HERE: &str = "127.0.0.1";
const ELSEWHERE: &str = "192.0.2.77";
const NEW_PASSWORD: &str = "plum tractor seventeen";

/// What makes this machine a holder of the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HeldBy {
    Source,
    KnownPlace,
    RequestId,
}

/// An account of its own for each, whose code strangers have had their tries at.
async fn attacked(service: &Service) -> Vec<(HeldBy, String, RequestId, String)> {
    let mut stories = Vec::new();
    for (held_by, name) in
        [(HeldBy::Source, "ada"), (HeldBy::KnownPlace, "grace"), (HeldBy::RequestId, "mary")]
    {
        service.add(name).await;
        if held_by == HeldBy::KnownPlace {
            service.try_sign_in_from(HERE, name, FIRST).await.unwrap();
            service.work().await;
        }
        let asked_at = if held_by == HeldBy::Source { HERE } else { ELSEWHERE };
        service.strangers_guess(name, 22, "BBBB-BBBB").await;
        let (request, code) = service.receive_code_at(asked_at, name).await;
        service.strangers_guess(name, 3, &code).await;
        stories.push((held_by, name.to_owned(), request, code));
    }
    stories
}

fn ssh(address: SocketAddr, line: &str, input: &str) -> String {
    let mut command = stranger_ssh(address);
    command.args(["-oLogLevel=ERROR", "-oIdentityAgent=none", "-oIdentityFile=none"]);
    command.args([&format!("account@{}", address.ip()), line]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    String::from_utf8(done.stdout).unwrap() + &String::from_utf8(done.stderr).unwrap()
}

on_both_engines! {
    async fn commands_take_the_code_from_its_holders(engine: Engine) {
        let service = Service::start(engine).await;
        let address = serve(&service).await;
        for (held_by, name, request, code) in attacked(&service).await {
            let said = tokio::task::spawn_blocking(move || {
                let request = if held_by == HeldBy::RequestId {
                    format!(" --request {}", request.as_str())
                } else {
                    String::new()
                };
                ssh(address, &format!("forgot {name} --code-stdin{request}"), &format!("{code}\n{NEW_PASSWORD}\n"))
            });
            assert_eq!(
                said.await.unwrap(),
                "OK: Your password has been successfully reset [password-reset]\n",
                "{held_by:?}"
            );
        }
        let no_id = tokio::task::spawn_blocking(move || ssh(address, "forgot ada --code-stdin --request ada", ""));
        assert!(no_id.await.unwrap().contains("[usage]"));
    }

    async fn line_mode_takes_the_code_from_its_holders(engine: Engine) {
        let service = Service::start(engine).await;
        let address = serve(&service).await;
        for (held_by, name, request, code) in attacked(&service).await {
            let mut owner = LineClient::begin(address, "forgot", true).await;
            let lines = if held_by == HeldBy::RequestId {
                format!("\rhave-code\r\rrequest-id\r{name}\r{}\r{code}\r", request.as_str())
            } else {
                format!("\rhave-code\r{name}\r{code}\r")
            };
            owner.types(lines.as_bytes()).await;
            owner.hears("Choose a new password", 1).await;
        }
    }

    async fn the_session_that_asked_has_its_code_whatever_strangers_type_meanwhile(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let address = serve(&service).await;
        let mut ada = LineClient::begin(address, "forgot", true).await;
        ada.types(b"ada\r").await;
        ada.hears("Check your email", 1).await;
        service.work().await;
        let code = code_in(&service.emails.emails()[0]);
        service.strangers_guess("ada", 25, &code).await;
        ada.types(format!("{code}\r").as_bytes()).await;
        ada.hears("Choose a new password", 1).await;
    }

    async fn the_prompts_of_ssh_take_the_code_from_its_holders(engine: Engine) {
        let service = Service::start(engine).await;
        let address = serve(&service).await;
        for (held_by, name, request, code) in attacked(&service).await {
            let config = Arc::new(client::Config::default());
            let mut owner = client::connect(config, address, AnyHostKey::default()).await.unwrap();
            let mut asked = owner.authenticate_keyboard_interactive_start("reset", None).await.unwrap();
            let answers = if held_by == HeldBy::RequestId {
                vec!["", "have-code", "", "request-id", &name, request.as_str(), &code]
            } else {
                vec!["", "have-code", &name, &code]
            };
            let mut answers = answers.into_iter();
            // A request without prompts only waits for the service.
            let last = loop {
                let Answer::InfoRequest { prompts, .. } = &asked else { panic!("{held_by:?}: {asked:?}") };
                let answer = match prompts.as_slice() {
                    [] => Vec::new(),
                    [prompt] => match answers.next() {
                        Some(answer) => vec![answer.to_owned()],
                        None => break prompt.prompt.clone(),
                    },
                    more => panic!("{more:?}"),
                };
                asked = owner.authenticate_keyboard_interactive_respond(answer).await.unwrap();
            };
            assert_eq!(last, "New password: ", "{held_by:?}");
        }
    }

    async fn the_screen_takes_the_code_from_its_holders(engine: Engine) {
        let service = Service::start(engine).await;
        let address = serve(&service).await;
        for (held_by, name, request, code) in attacked(&service).await {
            let typing = tokio::task::spawn_blocking(move || {
                let mut owner = Person::arrive_as(address, "forgot", 80, 24);
                owner.wait_for("Reset your password");
                owner.type_text(&name);
                choose(&mut owner, "I already have a code");
                owner.wait_for("Enter your email or username and the code from the email.");
                if held_by == HeldBy::RequestId {
                    choose(&mut owner, "I have a request ID");
                    owner.wait_for("Request ID");
                    owner.see_frame("enter-code-request-80x24");
                    owner.type_text(request.as_str());
                    owner.press(Key::Tab);
                }
                enter_code(&mut owner, &code);
                owner.wait_for("Choose a new password");
            });
            typing.await.unwrap_or_else(|fault| panic!("{held_by:?}: {fault}"));
        }
    }

    async fn a_code_to_join_is_taken_whatever_strangers_typed(engine: Engine) {
        let service = Service::with(engine, Rules { sign_up: true, ..patient() }).await;
        service.add("ada").await;
        let address = serve(&service).await;
        let code = service.sign_up_code().await;
        service.strangers_guess_to_join(&code).await;
        let mut alan = LineClient::begin(address, "join", true).await;
        alan.types(format!("alan@example.org\r{code}\r").as_bytes()).await;
        alan.hears("Create your account", 1).await;
        let said = tokio::task::spawn_blocking(move || {
            let line = "join alan@example.org --code-stdin --user-name alan";
            ssh(address, line, &format!("{code}\n{NEW_PASSWORD}\n"))
        });
        let said = said.await.unwrap();
        assert!(said.starts_with("OK: Your account has been created."), "{said}");
    }

    async fn the_code_of_a_guest_case_is_taken_whatever_strangers_typed(engine: Engine) {
        let service = Service::start(engine).await;
        let address = serve(&service).await;
        let case = service.guest_case("ada").await;
        let code = service.last_email_to("guest@new.example").await;
        service.strangers_guess_at_case(&case, &code).await;
        let mut guest = LineClient::begin(address, "support", true).await;
        guest.types(format!("\rguest-support\r\rhave-number\r{}\r{code}\r", case.number()).as_bytes()).await;
        guest.hears("Verified. We will answer there.", 1).await;
    }

    async fn a_code_from_support_is_taken_whatever_strangers_typed(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let address = serve(&service).await;
        let code = service.accounts.issue_reset_code("ada").await.unwrap().code;
        service.strangers_guess("ada", 40, code.expose()).await;
        let mut ada = LineClient::begin(address, "forgot", true).await;
        ada.types(format!("\rhave-code\rada\r{}\r", code.expose()).as_bytes()).await;
        ada.hears("Choose a new password", 1).await;
        let input = format!("{}\n{NEW_PASSWORD}\n", service.accounts.issue_reset_code("ada").await.unwrap().code.expose());
        let said = tokio::task::spawn_blocking(move || ssh(address, "forgot ada --code-stdin", &input));
        assert!(said.await.unwrap().contains("[password-reset]"));
    }
}
