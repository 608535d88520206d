//! Steps of a reset in any order: random sequences of what people, thieves and operators can ask for, beside a model that
//! says what may come of each (ASVS 2.3.1). The suite runs few; `DOORKEY_TEST_SEQUENCES=10000` runs as many as it says.

use doorkey::accounts::request::{Refusal, Reply, Request, RequestId, ResetGrant, SignedIn};
use doorkey::domain::secret::Secret;
use doorkey::domain::timestamp::Timestamp;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use super::{FIRST, MINUTE, Service, find_code, wrong};
use crate::engine::on_both_engines;

/// Sequences in the test suite, and steps of each.
const SEQUENCES: u64 = 25;
const STEPS: usize = 24;
/// Sequences on one database: with more of them every look at the emails goes through all that there are.
const PER_DATABASE: u64 = 50;
/// How long a code and a grant are good.
const LIFE_MS: i64 = 10 * MINUTE;

/// An account, as the model has it.
struct Person {
    name: String,
    password: String,
    /// Raised by whatever voids what was proven before.
    epoch: u32,
    is_disabled: bool,
    session: Option<(SignedIn, u32)>,
}

/// A code that was sent.
struct Sent {
    owner: usize,
    epoch: u32,
    request: RequestId,
    text: String,
    at: Timestamp,
    is_used: bool,
    /// A wrong one was typed for its owner since.
    has_wrong_tries: bool,
}

/// The right to set a password, as somebody holds it.
struct Held {
    owner: usize,
    epoch: u32,
    at: Timestamp,
    grant: ResetGrant,
}

/// What anybody can do.
#[derive(Clone, Copy, Debug)]
enum Step {
    RequestCode,
    ProveCode,
    ResetAtOnce,
    SetPassword,
    SetRefusedPassword,
    ChangePassword,
    Wait,
    DisableOrEnable,
}

const LIKELY: [(Step, u32); 8] = [
    (Step::RequestCode, 5),
    (Step::ProveCode, 6),
    (Step::ResetAtOnce, 2),
    (Step::SetPassword, 5),
    (Step::SetRefusedPassword, 1),
    (Step::ChangePassword, 1),
    (Step::Wait, 4),
    (Step::DisableOrEnable, 1),
];

struct Model<'a> {
    service: &'a Service,
    rng: StdRng,
    people: Vec<Person>,
    sent: Vec<Sent>,
    held: Vec<Held>,
    resets: i64,
    passwords: usize,
    /// What was done, for whoever reads of a failure.
    done: Vec<String>,
}

impl<'a> Model<'a> {
    async fn new(service: &'a Service, seed: u64) -> Self {
        let mut people = Vec::new();
        for which in ["ada", "grace"] {
            let name = format!("{which}{seed}");
            service.add(&name).await;
            let session = Some((service.sign_in(&name, FIRST).await, 0));
            people.push(Person { name, password: FIRST.to_owned(), epoch: 0, is_disabled: false, session });
        }
        let (sent, held, done) = (Vec::new(), Vec::new(), vec![format!("sequence {seed}")]);
        let rng = StdRng::seed_from_u64(seed);
        Self { service, rng, people, sent, held, resets: 0, passwords: 0, done }
    }

    fn now(&self) -> Timestamp {
        self.service.clock.now()
    }

    fn any_person(&mut self) -> usize {
        self.rng.random_range(0..self.people.len())
    }

    fn new_password(&mut self) -> String {
        self.passwords += 1;
        format!("orange bonds resonate {}", self.passwords)
    }

    /// Whether this code may prove to be `owner`.
    fn may_prove(&self, sent: &Sent, owner: usize) -> bool {
        let person = &self.people[owner];
        sent.owner == owner
            && !sent.is_used
            && sent.epoch == person.epoch
            && !person.is_disabled
            && self.now().ms_since(sent.at) < LIFE_MS
    }

    /// The password of `owner` is this one now, and whatever was proven before is void.
    fn password_is(&mut self, owner: usize, password: String, session: Option<SignedIn>) {
        let person = &mut self.people[owner];
        person.password = password;
        person.epoch += 1;
        person.session = session.map(|session| (session, person.epoch));
    }

    async fn step(&mut self) {
        let (step, _) = *LIKELY.choose_weighted(&mut self.rng, |(_, weight)| *weight).unwrap();
        self.done.push(format!("{step:?}"));
        match step {
            Step::RequestCode => self.request_code().await,
            Step::ProveCode => self.prove_code().await,
            Step::ResetAtOnce => self.reset_at_once().await,
            Step::SetPassword => self.set_password().await,
            Step::SetRefusedPassword => self.set_refused_password().await,
            Step::ChangePassword => self.change_password().await,
            Step::Wait => {
                let ms = *[1_000, MINUTE, 2 * MINUTE, 5 * MINUTE, LIFE_MS - 1, LIFE_MS]
                    .choose(&mut self.rng)
                    .unwrap();
                self.done.push(format!("{ms} ms"));
                self.service.later(ms);
            }
            Step::DisableOrEnable => self.disable_or_enable().await,
        }
    }

    async fn request_code(&mut self) {
        let owner = self.any_person();
        let before = self.service.emails.emails().len();
        let requested = self.service.request_code(&self.people[owner].name).await;
        self.service.work().await;
        // What the steps before have to tell is sent by now too.
        let emails = self.service.emails.emails();
        let mut own = emails[before..].iter().filter(|email| email.to.starts_with(&self.people[owner].name));
        let Some(text) = own.find_map(find_code) else { return };
        assert!(!self.people[owner].is_disabled, "{:?}", self.done);
        let epoch = self.people[owner].epoch;
        let (request, at) = (requested.request, self.now());
        self.sent.push(Sent { owner, epoch, request, text, at, is_used: false, has_wrong_tries: false });
    }

    /// A name, a code and the requests that somebody brings: mostly those that belong together.
    fn any_try(&mut self) -> (usize, String, Vec<RequestId>) {
        let Some(at) = (0..self.sent.len()).collect::<Vec<_>>().choose(&mut self.rng).copied() else {
            return (self.any_person(), "BCDF-GHJK".to_owned(), Vec::new());
        };
        let (mut owner, text) = (self.sent[at].owner, self.sent[at].text.clone());
        if self.rng.random_range(0..5) == 0 {
            owner = self.any_person();
        }
        let text = if self.rng.random_range(0..6) == 0 { wrong(&text) } else { text };
        let requests = match self.rng.random_range(0..3) {
            0 => Vec::new(),
            1 => vec![self.sent[at].request.clone()],
            // As many as are looked at: a session keeps no more.
            _ => self.sent.iter().rev().take(3).map(|sent| sent.request.clone()).collect(),
        };
        self.done.push(format!("{text} for {owner}, {} requests", requests.len()));
        (owner, text, requests)
    }

    /// Records what came of a try, which must be what the model says.
    fn tried(&mut self, (owner, text, requests): (usize, &str, &[RequestId]), proven: Result<(), &Refusal>) {
        if let Err(refusal) = proven {
            self.done.push(format!("{refusal:?}"));
            // On a machine with much else to do; nothing was looked at.
            if matches!(refusal, Refusal::Busy(_) | Refusal::Unavailable(_)) {
                return;
            }
        }
        let right = (0..self.sent.len())
            .find(|at| self.sent[*at].text == text && self.may_prove(&self.sent[*at], owner));
        if proven.is_ok() {
            let right = right.unwrap_or_else(|| panic!("proven by what proves nothing: {:?}", self.done));
            self.sent[right].is_used = true;
            return;
        }
        if let Some(right) = right {
            let sent = &self.sent[right];
            let brings_it = requests.is_empty() || requests.contains(&sent.request);
            assert!(sent.has_wrong_tries || !brings_it, "a good code was refused: {:?}", self.done);
        }
        for sent in self.sent.iter_mut().filter(|sent| sent.owner == owner) {
            sent.has_wrong_tries = true;
        }
    }

    async fn prove_code(&mut self) {
        let (owner, text, requests) = self.any_try();
        let name = self.people[owner].name.clone();
        let request =
            Request::ProveCode { name, requests: requests.clone(), code: Secret::new(text.as_str()) };
        match self.service.ask(request).await {
            Reply::MaySetPassword(grant) => {
                self.tried((owner, &text, &requests), Ok(()));
                assert_eq!(grant.name(), self.people[owner].name, "{:?}", self.done);
                let (epoch, at) = (self.people[owner].epoch, self.now());
                self.held.push(Held { owner, epoch, at, grant });
            }
            Reply::Refused(refusal) => self.tried((owner, &text, &requests), Err(&refusal)),
            other => panic!("{other:?}: {:?}", self.done),
        }
    }

    async fn reset_at_once(&mut self) {
        let (owner, text, requests) = self.any_try();
        let (name, password) = (self.people[owner].name.clone(), self.new_password());
        let request = Request::ResetPassword {
            name,
            requests: requests.clone(),
            code: Secret::new(text.as_str()),
            password: Secret::new(password.as_str()),
            second_factor: None,
        };
        match self.service.ask(request).await {
            Reply::PasswordSet(session, _) => {
                self.tried((owner, &text, &requests), Ok(()));
                self.resets += 1;
                self.password_is(owner, password, session);
            }
            Reply::Refused(refusal) => self.tried((owner, &text, &requests), Err(&refusal)),
            other => panic!("{other:?}: {:?}", self.done),
        }
    }

    fn take_held(&mut self) -> Option<Held> {
        let at = (0..self.held.len()).collect::<Vec<_>>().choose(&mut self.rng).copied()?;
        Some(self.held.swap_remove(at))
    }

    fn is_good(&self, held: &Held) -> bool {
        let person = &self.people[held.owner];
        held.epoch == person.epoch && !person.is_disabled && self.now().ms_since(held.at) < LIFE_MS
    }

    async fn set_password(&mut self) {
        let Some(held) = self.take_held() else { return };
        let (is_good, password) = (self.is_good(&held), self.new_password());
        match self.service.set(held.grant, &password).await {
            Ok(session) => {
                assert!(is_good, "a void grant set a password: {:?}", self.done);
                self.resets += 1;
                self.password_is(held.owner, password, session);
            }
            Err((None, Refusal::GrantExpired)) => {
                assert!(!is_good, "a good grant was refused: {:?}", self.done);
            }
            Err(other) => panic!("{other:?}: {:?}", self.done),
        }
    }

    async fn set_refused_password(&mut self) {
        let Some(held) = self.take_held() else { return };
        let is_good = self.is_good(&held);
        match self.service.set(held.grant, "short").await {
            Err((Some(grant), Refusal::Password(_))) => self.held.push(Held { grant, ..held }),
            Err((None, Refusal::GrantExpired)) => {
                assert!(!is_good, "a good grant was refused: {:?}", self.done);
            }
            other => panic!("{other:?}: {:?}", self.done),
        }
    }

    async fn change_password(&mut self) {
        let (owner, password) = (self.any_person(), self.new_password());
        let person = &self.people[owner];
        let Some((session, epoch)) = &person.session else { return };
        let is_good = *epoch == person.epoch && !person.is_disabled;
        match self.service.change(session, &person.password, &password).await {
            Ok(session) => {
                assert!(is_good, "a void session changed a password: {:?}", self.done);
                self.password_is(owner, password, Some(session));
            }
            Err(refusal) => assert!(!is_good, "{refusal:?}: {:?}", self.done),
        }
    }

    async fn disable_or_enable(&mut self) {
        let owner = self.any_person();
        let person = &mut self.people[owner];
        if person.is_disabled {
            self.service.accounts.enable_user(&person.name).await.unwrap();
        } else {
            self.service.accounts.disable_user(&person.name).await.unwrap();
            person.epoch += 1;
        }
        person.is_disabled = !person.is_disabled;
    }

    /// The passwords are those of the model, and no other.
    async fn end(self) {
        let mut done = self.done;
        for person in &self.people {
            if person.is_disabled {
                self.service.accounts.enable_user(&person.name).await.unwrap();
            }
            done.push(format!("{} has {}", person.name, person.password));
            self.service.try_sign_in(&person.name, &person.password).await.unwrap_or_else(|refusal| {
                panic!("{refusal:?}: {done:?}");
            });
            if person.password != FIRST {
                let former = self.service.try_sign_in(&person.name, FIRST).await;
                assert_eq!(former.unwrap_err(), Refusal::WrongCredentials, "{done:?}");
            }
        }
    }
}

fn sequences() -> u64 {
    std::env::var("DOORKEY_TEST_SEQUENCES").map_or(SEQUENCES, |count| count.parse().unwrap())
}

on_both_engines! {
    async fn no_order_of_steps_sets_a_password_without_a_code_that_is_good(engine: Engine) {
        let mut seed = 0;
        while seed < sequences() {
            let service = Service::start(engine).await;
            let mut resets = 0;
            for _ in 0..PER_DATABASE.min(sequences() - seed) {
                let mut model = Model::new(&service, seed).await;
                for _ in 0..STEPS {
                    model.step().await;
                }
                resets += model.resets;
                model.end().await;
                seed += 1;
            }
            let told = service.fresh.number("SELECT count(*) FROM activity WHERE kind = 'password-reset'").await;
            assert_eq!(told, resets, "each reset is recorded once");
            assert!(resets > 5, "too few resets to tell: {resets}");
        }
    }
}
