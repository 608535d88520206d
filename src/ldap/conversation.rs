//! One connection: its messages one after the other, and who is bound.

use std::sync::Arc;

use ldap3_proto::control::LdapControl;
use ldap3_proto::proto::{
    LdapBindResponse, LdapExtendedRequest, LdapExtendedResponse, LdapMsg, LdapOp, LdapResult, LdapResultCode,
    OID_PASSWORD_MODIFY, OID_WHOAMI,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout};

use super::root_dse::START_TLS;
use super::server::{Deadlines, Shared};
use super::tree::Place;
use super::wire::{MOST_BOUND, MOST_UNBOUND, Wire, WireFault};
use super::{bind, password, search};
use crate::accounts::request::ldap::LdapReader;
use crate::accounts::request::{Reply, Request};
use crate::accounts::{Accounts, RequestContext};

/// What somebody may ask before they bind.
const MOST_BEFORE_BIND: u32 = 64;
/// The name of the message that says that the connection ends (RFC 4511, section 4.4.1).
const DISCONNECTION: &str = "1.3.6.1.4.1.1466.20036";

/// How a conversation ended.
#[derive(Debug)]
pub(super) enum End<S> {
    /// The client is done, or its time is up.
    Over,
    /// TLS comes next.
    StartTls(S),
    /// The other end has said by TLS why it goes: most see a certificate once TLS is there for the server.
    Alert(std::io::Error),
    /// It was cut.
    Cut(&'static str),
}

/// What comes after a message.
enum Next {
    Message,
    StartTls,
    End,
}

/// A result with a sentence for whoever reads logs of clients.
pub(super) fn result(code: LdapResultCode, message: &str) -> LdapResult {
    LdapResult { code, matcheddn: String::new(), message: message.to_owned(), referral: Vec::new() }
}

/// Has a request carried out, to its end even if nobody waits for it. `None` when it could not be.
pub(super) async fn ask(accounts: &Arc<Accounts>, cx: &RequestContext, request: Request) -> Option<Reply> {
    accounts.start(cx, request).await.ok()
}

/// One connection.
struct Conversation<'a, S> {
    shared: &'a Shared,
    cx: &'a RequestContext,
    wire: Wire<S>,
    /// The connection cannot be read on the way: TLS, or a loopback address.
    is_private: bool,
    reader: Option<LdapReader>,
    asked_unbound: u32,
    began: Instant,
}

/// Answers on `stream` until either end has enough.
pub(super) async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    shared: &Shared,
    cx: &RequestContext,
    is_private: bool,
) -> End<S> {
    let wire = Wire::new(stream);
    let mut conversation =
        Conversation { shared, cx, wire, is_private, reader: None, asked_unbound: 0, began: Instant::now() };
    let fault = match conversation.run().await {
        Ok(true) => {
            return match conversation.wire.into_clean_stream() {
                Some(stream) => End::StartTls(stream),
                None => End::Cut("malformed"),
            };
        }
        Ok(false) => return End::Over,
        Err(fault) => fault,
    };
    match fault {
        WireFault::Gone => End::Over,
        WireFault::Alert(alert) => End::Alert(alert),
        WireFault::Slow => End::Cut("slow"),
        WireFault::Malformed => conversation.disconnect("malformed", "not understood").await,
        WireFault::TooLong => conversation.disconnect("too-long", "too long a message").await,
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Conversation<'_, S> {
    /// `true` when TLS comes next.
    async fn run(&mut self) -> Result<bool, WireFault> {
        loop {
            let Deadlines { idle_unbound, to_bind, idle_bound } = self.shared.deadlines;
            let (most, idle) = match self.reader {
                Some(_) => (MOST_BOUND, idle_bound),
                None => (MOST_UNBOUND, idle_unbound.min(to_bind.saturating_sub(self.began.elapsed()))),
            };
            let Ok(message) = timeout(idle, self.wire.next(most)).await else { return Ok(false) };
            let Some(message) = message? else { return Ok(false) };
            if self.reader.is_none() {
                self.asked_unbound += 1;
                if self.asked_unbound > MOST_BEFORE_BIND {
                    return Ok(false);
                }
            }
            let next = self.handle(message).await?;
            self.wire.flush().await?;
            match next {
                Next::Message => {}
                Next::StartTls => return Ok(true),
                Next::End => return Ok(false),
            }
        }
    }

    async fn disconnect(mut self, reason: &'static str, why: &str) -> End<S> {
        let (name, value) = (Some(DISCONNECTION.to_owned()), None);
        let notice = LdapExtendedResponse { res: result(LdapResultCode::ProtocolError, why), name, value };
        // Fails if the client is gone.
        let _ = self.wire.send(LdapMsg::new(0, LdapOp::ExtendedResponse(notice))).await;
        let _ = self.wire.flush().await;
        End::Cut(reason)
    }

    async fn answer(&mut self, id: i32, op: LdapOp) -> Result<(), WireFault> {
        self.wire.send(LdapMsg::new(id, op)).await
    }

    async fn handle(&mut self, message: LdapMsg) -> Result<Next, WireFault> {
        let LdapMsg { msgid: id, op, ctrl } = message;
        let is_critical = ctrl.iter().any(is_critical_and_unknown);
        let refusal = if !self.is_private && !may_be_read(&op, &self.shared.tree) {
            Some(result(LdapResultCode::ConfidentialityRequired, "begin TLS first"))
        } else if is_critical {
            Some(result(LdapResultCode::UnavailableCriticalExtension, ""))
        } else {
            None
        };
        if let Some(refusal) = refusal {
            return match refused(&op, refusal) {
                Some(op) => self.answer(id, op).await.map(|()| Next::Message),
                None => Ok(Next::End),
            };
        }
        match op {
            LdapOp::BindRequest(request) => {
                // A new bind ends the old one, whether it succeeds or not (RFC 4511 section 4.2.1).
                self.reader = None;
                let shared = self.shared;
                let (res, reader) = bind::bind(request, &shared.tree, &shared.accounts, self.cx).await;
                self.reader = reader;
                let op = LdapOp::BindResponse(LdapBindResponse { res, saslcreds: None });
                self.answer(id, op).await?;
                Ok(Next::Message)
            }
            LdapOp::SearchRequest(request) => {
                let (shared, cx) = (self.shared, self.cx);
                let reader = self.reader.clone();
                let done =
                    search::search(id, request, &ctrl, reader.as_ref(), shared, cx, &mut self.wire).await?;
                let op = LdapOp::SearchResultDone(done.outcome);
                self.wire.send(LdapMsg::new_with_ctrls(id, op, done.controls)).await?;
                Ok(if done.is_over { Next::End } else { Next::Message })
            }
            LdapOp::CompareRequest(request) => {
                let compared = search::compare(request, self.reader.as_ref(), self.shared, self.cx).await;
                self.answer(id, LdapOp::CompareResult(compared.0)).await?;
                Ok(if compared.1 { Next::End } else { Next::Message })
            }
            LdapOp::ExtendedRequest(request) => self.extended(id, request).await,
            // A search is over before the next message is read.
            LdapOp::AbandonRequest(_) => Ok(Next::Message),
            LdapOp::UnbindRequest => Ok(Next::End),
            op => {
                let refusal =
                    result(LdapResultCode::UnwillingToPerform, "nothing is changed over LDAP but passwords");
                match refused(&op, refusal) {
                    Some(op) => self.answer(id, op).await.map(|()| Next::Message),
                    // What only servers send.
                    None => Err(WireFault::Malformed),
                }
            }
        }
    }

    async fn extended(&mut self, id: i32, request: LdapExtendedRequest) -> Result<Next, WireFault> {
        let (mut res, mut name, mut value, mut next) =
            (result(LdapResultCode::Success, ""), None, None, Next::Message);
        match request.name.as_str() {
            OID_WHOAMI => value = Some(self.who().into_bytes()),
            OID_PASSWORD_MODIFY => {
                let (shared, reader) = (self.shared, self.reader.clone());
                let changed =
                    password::change(&request, reader.as_ref(), &shared.tree, &shared.accounts, self.cx)
                        .await;
                res = changed.outcome;
                if changed.reader.is_some() {
                    self.reader = changed.reader;
                }
                if changed.is_over {
                    next = Next::End;
                }
            }
            START_TLS => {
                name = Some(START_TLS.to_owned());
                if !self.is_private && self.shared.offers_start_tls() {
                    next = Next::StartTls;
                } else {
                    res = result(LdapResultCode::OperationsError, "there is no TLS to begin");
                }
            }
            _ => res = result(LdapResultCode::ProtocolError, "there is no such operation"),
        }
        self.answer(id, LdapOp::ExtendedResponse(LdapExtendedResponse { res, name, value })).await?;
        Ok(next)
    }

    /// The authorization identity (RFC 4513, section 5.2.1.8); nothing for nobody.
    fn who(&self) -> String {
        let place = match &self.reader {
            None => return String::new(),
            Some(LdapReader::Person(member)) => Place::Person(member.name().to_owned()),
            Some(LdapReader::Service(service)) => Place::Service(service.name().to_owned()),
        };
        format!("dn:{}", self.shared.tree.name(&place))
    }
}

/// Whether others may read it on the way: what a client needs to begin TLS.
fn may_be_read(op: &LdapOp, tree: &super::tree::Tree) -> bool {
    match op {
        LdapOp::UnbindRequest | LdapOp::AbandonRequest(_) => true,
        LdapOp::SearchRequest(request) => tree.place_of(&request.base) == Some(Place::Root),
        LdapOp::ExtendedRequest(request) => request.name == START_TLS,
        _ => false,
    }
}

fn is_critical_and_unknown(control: &LdapControl) -> bool {
    match control {
        LdapControl::Unknown { criticality, .. }
        | LdapControl::SyncRequest { criticality, .. }
        | LdapControl::SearchOptions { criticality, .. }
        | LdapControl::ShowDeleted { criticality }
        | LdapControl::SdFlags { criticality, .. }
        | LdapControl::ExtendedDn { criticality, .. } => *criticality,
        _ => false,
    }
}

/// The answer to a request that is not carried out; `None` where there is no such answer.
fn refused(op: &LdapOp, res: LdapResult) -> Option<LdapOp> {
    Some(match op {
        LdapOp::BindRequest(_) => LdapOp::BindResponse(LdapBindResponse { res, saslcreds: None }),
        LdapOp::SearchRequest(_) => LdapOp::SearchResultDone(res),
        LdapOp::CompareRequest(_) => LdapOp::CompareResult(res),
        LdapOp::ModifyRequest(_) => LdapOp::ModifyResponse(res),
        LdapOp::AddRequest(_) => LdapOp::AddResponse(res),
        LdapOp::DelRequest(_) => LdapOp::DelResponse(res),
        LdapOp::ModifyDNRequest(_) => LdapOp::ModifyDNResponse(res),
        LdapOp::ExtendedRequest(_) => {
            LdapOp::ExtendedResponse(LdapExtendedResponse { res, name: None, value: None })
        }
        _ => return None,
    })
}
