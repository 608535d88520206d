//! Support cases: who owns them, who can see or do what, which emails are sent, and how often.

use doorkey::accounts::admin::{AdminError, AnswerDelivery};
use doorkey::accounts::request::support::{
    CaseFacts, CaseReader, GuestCase, GuestSupportReply, GuestSupportRequest, SupportReply, SupportRequest,
};
use doorkey::accounts::request::{Refusal, Reply, Request, SignedIn};
use doorkey::domain::case::CaseRefusal;
use doorkey::domain::secret::Secret;
use doorkey::domain::support_case::{Author, Case};
use doorkey::domain::throttle::DAY_MS;
use futures_util::future::join_all;

use super::{FIRST, MINUTE, SECOND, Service, VERSION_LINE, code_in, cx, wrong};
use crate::engine::on_both_engines;

const HOUR: i64 = 60 * MINUTE;
const DESK: &str = "support@acme.example";

impl Service {
    async fn ask_support(&self, member: &SignedIn, ask: SupportRequest) -> Result<SupportReply, Refusal> {
        // What is said in one millisecond has no order.
        self.later(1);
        match self.ask(Request::Support(member.clone(), ask)).await {
            Reply::Support(answer) => Ok(answer),
            Reply::Refused(refusal) => Err(refusal),
            other => panic!("{other:?}"),
        }
    }

    async fn facts(&self, member: &SignedIn) -> CaseFacts {
        match self.ask_support(member, SupportRequest::Facts).await {
            Ok(SupportReply::Facts(facts)) => facts,
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn try_to_open(
        &self,
        member: &SignedIn,
        subject: &str,
        text: &str,
    ) -> Result<Case, Refusal> {
        let facts = self.facts(member).await;
        let ask = SupportRequest::Open { subject: subject.into(), text: text.into(), facts };
        match self.ask_support(member, ask).await? {
            SupportReply::Opened(case) => Ok(*case),
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn open_case(&self, member: &SignedIn) -> Case {
        self.try_to_open(member, "No mail", "No email comes.").await.unwrap()
    }

    pub(super) async fn about_case(&self, member: &SignedIn, ask: SupportRequest) -> Result<Case, Refusal> {
        match self.ask_support(member, ask).await? {
            SupportReply::Case(case) => Ok(*case),
            other => panic!("{other:?}"),
        }
    }

    async fn ask_as_guest(&self, from: &str, ask: GuestSupportRequest) -> Result<GuestSupportReply, Refusal> {
        self.later(1);
        match self.accounts.handle(&cx(from), Request::GuestSupport(ask)).await {
            Reply::GuestSupport(answer) => Ok(answer),
            Reply::Refused(refusal) => Err(refusal),
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn open_as_guest(
        &self,
        from: &str,
        name: &str,
        contact: &str,
    ) -> Result<GuestCase, Refusal> {
        let (name, contact, text) = (name.into(), contact.into(), "My phone is gone.".into());
        match self.ask_as_guest(from, GuestSupportRequest::Open { name, contact, text }).await? {
            GuestSupportReply::Opened(case) => Ok(case),
            other @ GuestSupportReply::Case(..) => panic!("{other:?}"),
        }
    }

    pub(crate) async fn guest_case(&self, name: &str) -> GuestCase {
        self.open_as_guest("198.51.100.1", name, "guest@new.example").await.unwrap()
    }

    pub(super) async fn read_as_guest(
        &self,
        number: i64,
        opened: Option<&GuestCase>,
        code: &str,
    ) -> Result<(CaseReader, Case), Refusal> {
        let (opened, code) = (opened.cloned(), Secret::new(code));
        match self.ask_as_guest("198.51.100.1", GuestSupportRequest::Read { number, opened, code }).await? {
            GuestSupportReply::Case(reader, view) => Ok((reader, *view)),
            other @ GuestSupportReply::Opened(_) => panic!("{other:?}"),
        }
    }

    /// Subjects of the emails to `address`, oldest first.
    pub(super) async fn subjects_to(&self, address: &str) -> Vec<String> {
        self.work().await;
        let emails = self.emails.emails().into_iter();
        emails.filter(|email| email.to == address).map(|email| email.subject).collect()
    }

    async fn last_code_to(&self, address: &str) -> String {
        self.work().await;
        let emails = self.emails.emails();
        code_in(emails.iter().rfind(|email| email.to == address).expect("an email"))
    }
}

fn later<T>(result: &Result<T, Refusal>) -> bool {
    matches!(result, Err(Refusal::TryLater(_)))
}

on_both_engines! {
    async fn a_case_is_opened_read_answered_and_closed_and_stays_readable(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        let case = service.open_case(&ada).await;
        assert_eq!((case.number, case.messages.len()), (1_001, 1));
        assert_eq!(case.facts[0], "Username: ada");
        let sign_in = format!("Sign-in: 2026-11-22 10:05 UTC from 192.0.2.7 with {VERSION_LINE}");
        assert!(case.facts[2].starts_with(&sign_in), "{:?}", case.facts);
        service.later(1);
        assert_eq!(service.accounts.reply_to_case(1_001, "Refresh.").await.unwrap(), AnswerDelivery::ByEmail);
        let write = SupportRequest::Write { number: 1_001, text: "Found it.\u{1b}[2J".into() };
        let case = service.about_case(&ada, write).await.unwrap();
        let said: Vec<_> = case.messages.iter().map(|said| (said.author, said.text.as_str())).collect();
        assert_eq!(said, [
            (Author::Member, "No email comes."),
            (Author::Support, "Refresh."),
            (Author::Member, "Found it.[2J"),
        ]);
        let closed = service.about_case(&ada, SupportRequest::Close(1_001)).await.unwrap();
        assert!(closed.closed_at.is_some());
        let read = service.about_case(&ada, SupportRequest::Show(1_001)).await.unwrap();
        assert_eq!(read, closed);
        let again = SupportRequest::Write { number: 1_001, text: "One more".into() };
        assert_eq!(service.about_case(&ada, again).await.unwrap_err(), Refusal::CaseClosed);
        assert_eq!(service.about_case(&ada, SupportRequest::Close(1_001)).await.unwrap_err(), Refusal::CaseClosed);
        assert!(matches!(service.accounts.reply_to_case(1_001, "x").await, Err(AdminError::CaseClosed(1_001))));
        let mine = service.subjects_to("ada@example.org").await;
        assert_eq!(mine, [
            "Your Doorkey support case 1001 was opened",
            "New reply to your Doorkey support case 1001",
            "Your Doorkey support case 1001 was closed",
        ]);
        assert_eq!(service.subjects_to(DESK).await, ["Doorkey support: case 1001"; 3]);
        for email in service.emails.emails() {
            assert!(!email.text.contains("No mail") && !email.text.contains("Refresh"), "{}", email.text);
        }
        for kind in ["support-opened", "support-reply", "support-message", "support-closed"] {
            assert_eq!(service.rows_of(kind).await, 1, "{kind}");
        }
        let rows = "SELECT count(*) FROM activity WHERE kind LIKE 'support-%' AND account IS NOT NULL";
        assert_eq!(service.fresh.number(rows).await, 4);
    }

    async fn a_case_number_opens_nothing_for_others_and_nothing_for_a_stale_session(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("grace").await;
        let (ada, grace) = (service.sign_in("ada", FIRST).await, service.sign_in("grace", FIRST).await);
        let number = service.open_case(&ada).await.number;
        let guests = service.guest_case("grace").await.number();
        for theirs in [number, guests, number + 70] {
            for ask in [SupportRequest::Show(theirs), SupportRequest::Close(theirs), SupportRequest::Write { number: theirs, text: "x".into() }] {
                assert_eq!(service.about_case(&grace, ask).await.unwrap_err(), Refusal::NotFound);
            }
        }
        assert_eq!(service.read_as_guest(number, None, "WDJB-MJHT").await.unwrap_err(), Refusal::CodeRefused);
        assert!(matches!(service.ask_support(&grace, SupportRequest::List).await, Ok(SupportReply::Cases(cases)) if cases.is_empty()));
        let facts = service.facts(&ada).await;
        service.change(&ada, FIRST, SECOND).await.unwrap();
        let open = SupportRequest::Open { subject: "x".into(), text: "x".into(), facts };
        let write = SupportRequest::Write { number, text: "x".into() };
        for ask in [SupportRequest::List, SupportRequest::Facts, SupportRequest::Show(number), SupportRequest::Close(number), write, open] {
            assert_eq!(service.ask_support(&ada, ask).await.unwrap_err(), Refusal::SignedOutElsewhere);
        }
        let opened = service.fresh.kinds().await.into_iter().filter(|kind| kind == "support-opened");
        assert_eq!(opened.count(), 2);
    }

    async fn what_breaks_a_rule_is_refused_and_sends_nothing(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        let refused = |refusal| Err(Refusal::Case(refusal));
        for (subject, text, no) in [
            ("\u{202e}", "x", CaseRefusal::NoSubject),
            ("x", " \n\u{200b}", CaseRefusal::NoText),
            (&"x".repeat(101), "x", CaseRefusal::SubjectTooLong),
            ("x", &"x".repeat(1_000_000), CaseRefusal::TextTooLong),
        ] {
            assert_eq!(service.try_to_open(&ada, subject, text).await, refused(no));
        }
        let guest = service.open_as_guest("198.51.100.1", "ada", "a@x.org, eve@example.org").await;
        assert!(matches!(guest, Err(Refusal::Case(CaseRefusal::Contact(_)))), "{guest:?}");
        let guest = service.open_as_guest("198.51.100.1", "\u{200b}", "a@x.org").await;
        assert_eq!(guest, Err(Refusal::Case(CaseRefusal::NoName)));
        service.work().await;
        assert!(service.emails.emails().is_empty());
        assert_eq!(service.fresh.number("SELECT count(*) FROM cases").await, 0);
    }

    async fn an_account_opens_so_many_cases_and_no_more_also_when_they_come_at_once(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("grace").await;
        let (ada, grace) = (service.sign_in("ada", FIRST).await, service.sign_in("grace", FIRST).await);
        let all = join_all((0..5).map(|_| service.try_to_open(&ada, "x", "x"))).await;
        assert_eq!(all.iter().filter(|opened| opened.is_ok()).count(), 3, "{all:?}");
        assert_eq!(service.fresh.number("SELECT count(DISTINCT number) FROM cases").await, 3);
        assert!(service.try_to_open(&grace, "x", "x").await.is_ok(), "another account is not in the way");
        service.later(HOUR + 1);
        assert!(service.try_to_open(&ada, "x", "x").await.is_ok());
        let write = || SupportRequest::Write { number: 1_001, text: "x".into() };
        let mut said = 0;
        while service.about_case(&ada, write()).await.is_ok() {
            said += 1;
        }
        assert_eq!(said, 20);
        assert!(later(&service.about_case(&ada, write()).await));
    }

    async fn a_guest_s_case_is_a_claim_until_the_code_shows_where_answers_arrive(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let case = service.guest_case("ada").await;
        let number = case.number();
        let seen = service.accounts.show_any_case(number).await.unwrap();
        assert_eq!((seen.listing.user, seen.listing.claimed.as_deref()), (None, Some("ada")));
        assert_eq!(seen.listing.contact_verified, Some(false));
        assert_eq!(service.subjects_to("guest@new.example").await, ["Confirm your Doorkey support case 1001"]);
        assert!(service.subjects_to("ada@example.org").await.is_empty(), "the claimed account is left alone");
        let of_the_account = "SELECT count(*) FROM activity WHERE kind = 'support-opened' AND account IS NOT NULL";
        assert_eq!(service.fresh.number(of_the_account).await, 0);
        // Not verified: an answer is kept and goes nowhere.
        service.later(1);
        assert_eq!(service.accounts.reply_to_case(number, "Hello").await.unwrap(), AnswerDelivery::Nobody);
        assert_eq!(service.subjects_to("guest@new.example").await.len(), 1);
        let code = service.last_code_to("guest@new.example").await;
        let (reader, view) = service.read_as_guest(number, Some(&case), &code).await.unwrap();
        assert_eq!(view.messages.len(), 2);
        assert_eq!(service.read_as_guest(number, Some(&case), &code).await.unwrap_err(), Refusal::CodeRefused);
        let seen = service.accounts.show_any_case(number).await.unwrap();
        assert_eq!(seen.listing.contact_verified, Some(true));
        let write = GuestSupportRequest::Write { reader, text: "Thanks".into() };
        let answer = service.ask_as_guest("198.51.100.1", write).await.unwrap();
        assert!(matches!(answer, GuestSupportReply::Case(_, view) if view.messages.len() == 3));
        // From now on an answer is announced, with a code to read it by.
        service.later(1);
        assert_eq!(service.accounts.reply_to_case(number, "It is solved.").await.unwrap(), AnswerDelivery::ByEmail);
        let code = service.last_code_to("guest@new.example").await;
        let (_, view) = service.read_as_guest(number, None, &code).await.unwrap();
        assert_eq!(view.messages.last().unwrap().text, "It is solved.");
        assert_eq!(service.accounts.close_any_case(number).await.unwrap(), AnswerDelivery::ByEmail);
        let emails = service.emails.emails();
        assert!(emails.iter().all(|email| !email.text.contains("solved") && !email.text.contains("phone")));
    }

    async fn guesses_of_strangers_do_not_use_up_the_code_of_a_guest_case(engine: Engine) {
        let service = Service::start(engine).await;
        let case = service.guest_case("ada").await;
        let code = service.last_code_to("guest@new.example").await;
        let guess = wrong(&code);
        for _ in 0..5 {
            let refused = service.read_as_guest(case.number(), None, &guess).await.unwrap_err();
            assert_eq!(refused, Refusal::CodeRefused);
        }
        let sixth = service.read_as_guest(case.number(), None, &code).await;
        assert!(later(&sixth), "five tries a day from a place: {sixth:?}");
        assert!(service.read_as_guest(case.number(), Some(&case), &code).await.is_ok());
        let case = service.open_as_guest("198.51.100.2", "grace", "other@new.example").await.unwrap();
        let code = service.last_code_to("other@new.example").await;
        for _ in 0..12 {
            service.read_as_guest(case.number(), Some(&case), &guess).await.unwrap_err();
        }
        let spent = service.read_as_guest(case.number(), Some(&case), &code).await;
        assert!(later(&spent), "ten a day in the session that opened it: {spent:?}");
        assert!(service.read_as_guest(case.number(), None, &code).await.is_ok());
        let case = service.open_as_guest("198.51.100.3", "mary", "third@new.example").await.unwrap();
        let code = service.last_code_to("third@new.example").await;
        service.later(7 * DAY_MS);
        assert!(service.read_as_guest(case.number(), Some(&case), &code).await.is_err(), "a week in all");
    }

    async fn guests_are_throttled_by_source_and_address_and_never_by_the_name_they_claim(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        for (name, at) in [("ada", "a@x.example"), ("nobody", "b@x.example")] {
            for number in 0..3 {
                let from = format!("198.{}.{number}.7", name.len());
                assert!(service.open_as_guest(&from, name, &format!("{number}{at}")).await.is_ok());
            }
        }
        for name in ["c", "d"] {
            let from = format!("203.0.{}.5", name.as_bytes()[0]);
            assert!(service.open_as_guest(&from, name, "Same@x.example").await.is_ok());
        }
        assert!(later(&service.open_as_guest("203.0.113.7", "e", "same@x.example").await), "two emails to one");
        for name in ["f", "g", "h"] {
            let opened = service.open_as_guest("203.0.113.8", name, &format!("{name}@y.example")).await;
            assert!(opened.is_ok(), "{opened:?}");
        }
        assert!(later(&service.open_as_guest("203.0.113.8", "i", "i@y.example").await), "three from one source");
        service.later(DAY_MS + 1);
        assert!(service.open_as_guest("203.0.113.8", "i", "i@y.example").await.is_ok());
    }

    async fn a_code_issued_by_support_resets_once_and_is_reported_to_everyone(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let issued = service.accounts.issue_reset_code("ADA@example.org").await.unwrap();
        assert_eq!((issued.name.as_str(), issued.emails), ("ada", 1));
        assert_eq!(issued.until.ms_since(service.accounts.now()), 30 * MINUTE);
        service.work().await;
        let emails = service.emails.emails();
        assert_eq!(emails.len(), 1);
        assert!(emails[0].subject.contains("Support made a reset code"), "{}", emails[0].subject);
        assert!(!emails[0].text.contains(issued.code.expose()), "only read out");
        assert_eq!(service.rows_of("reset-code-issued").await, 1);
        let by = "SELECT count(*) FROM activity WHERE kind = 'reset-code-issued' AND client = 'operator'";
        assert_eq!(service.fresh.number(by).await, 1);
        assert!(service.prove("ada", None, &wrong(issued.code.expose())).await.is_err());
        let grant = service.prove("ada", None, issued.code.expose()).await.unwrap();
        assert!(service.prove("ada", None, issued.code.expose()).await.is_err(), "it works once");
        assert!(service.set(grant, SECOND).await.is_ok());
        let late = service.accounts.issue_reset_code("ada").await.unwrap();
        service.later(30 * MINUTE);
        assert!(service.prove("ada", None, late.code.expose()).await.is_err(), "30 minutes and no more");
        for _ in 0..6 {
            service.accounts.issue_reset_code("ada").await.unwrap();
        }
        assert!(matches!(service.accounts.issue_reset_code("ada").await, Err(AdminError::TooManyCodes(_))));
        service.accounts.disable_user("ada").await.unwrap();
        assert!(matches!(service.accounts.issue_reset_code("ada").await, Err(AdminError::Disabled(_))));
        assert!(matches!(service.accounts.issue_reset_code("nobody").await, Err(AdminError::NoUser(_))));
    }

    async fn cases_of_guests_are_forgotten_and_those_of_members_stay(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        let kept = service.open_case(&ada).await.number;
        service.guest_case("ada").await;
        service.later(179 * DAY_MS);
        service.accounts.run_housekeeping().await.unwrap();
        assert_eq!(service.accounts.list_all_cases(true).await.unwrap().len(), 2);
        service.later(2 * DAY_MS);
        service.accounts.run_housekeeping().await.unwrap();
        let left = service.accounts.list_all_cases(true).await.unwrap();
        assert_eq!(left.iter().map(|case| case.number).collect::<Vec<_>>(), [kept]);
        assert_eq!(service.fresh.number("SELECT count(*) FROM contacts WHERE address LIKE 'guest@%'").await, 0);
    }
}
