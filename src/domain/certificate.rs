//! Certificates of servers that are not taken, in words.

/// What to do about the certificate of an authority that a server shows as its own: `openssl req -x509` makes one where
/// nothing else is asked for, and rustls does not take it.
#[must_use]
pub fn authority_advice(fault: &str) -> Option<&'static str> {
    fault.contains("CaUsedAsEndEntity").then_some(
        "The server shows the certificate of an authority as its own, which is not taken. Make one for it with \
         openssl req -x509 -addext basicConstraints=critical,CA:FALSE -addext subjectAltName=DNS:NAME, or let the authority \
         sign one",
    )
}

/// The same, and what else the words of the TLS library leave open: a certificate that was signed with another kind of key
/// than that of the authority is told as an algorithm.
#[must_use]
pub fn certificate_advice(fault: &str) -> Option<&'static str> {
    let is_of_others = fault.contains("UnknownIssuer") || fault.contains("UnsupportedSignatureAlgorithm");
    authority_advice(fault).or(is_of_others.then_some("No authority that is trusted here has signed it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_library_says_of_a_certificate_leads_to_advice() {
        let advised = |fault| certificate_advice(fault).unwrap_or_default();
        assert!(
            advised("invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))").contains("CA:FALSE")
        );
        for fault in ["UnknownIssuer", "UnsupportedSignatureAlgorithmForPublicKeyContext { .. }"] {
            assert!(advised(fault).contains("No authority that is trusted"), "{fault}");
        }
        assert_eq!(certificate_advice("certificate expired"), None);
    }
}
