//! Whether a time service keeps this machine's clock, as the kernel was told (adjtimex(2)) by whichever service it is.

use super::super::report::{Report, Subject};
use super::programs::output_of;

/// What needs the right time: authenticator codes are of a half minute.
const WHY: &str = "A clock that drifts makes authenticator codes wrong";
/// What to do.
const START: &str = "Start a time service: apt install systemd-timesyncd, or chrony";

pub(super) async fn look(report: &mut Report) {
    const SUBJECT: Subject = Subject::Ntp;
    let said = output_of("timedatectl", &["show", "--property=NTPSynchronized", "--value"]).await;
    match said.as_deref().map(str::trim) {
        Ok("yes") => report.ok(SUBJECT, "a time service keeps this machine's clock"),
        Ok("no") => {
            report.warning(SUBJECT, format!("this machine's clock is not synchronised. {WHY}. {START}"));
        }
        Ok(other) => cannot_tell(&format!("timedatectl says `{other}`"), report),
        Err(fault) => cannot_tell(fault, report),
    }
}

fn cannot_tell(fault: &str, report: &mut Report) {
    let text = format!(
        "whether this machine's clock is synchronised cannot be told ({fault}). In a container the host has to keep it; \
         elsewhere look with: chronyc tracking, or ntpq -p"
    );
    report.warning(Subject::Ntp, text);
}
