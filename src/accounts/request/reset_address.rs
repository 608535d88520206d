//! Choosing the address that a code for a forgotten password goes to: what may be asked, and the answers.

/// What a guest may ask. Whose key the connection has not proven is answered as if there were nothing.
#[derive(Debug)]
pub enum ResetAddressRequest {
    /// Which address a code can go to.
    Choices {
        /// Username or address, as typed.
        name: String,
    },
    /// A code to one of them; anybody else's goes where one for the name does.
    CodeAt {
        /// Username or address, as typed.
        name: String,
        /// [`MaskedAddress::id`].
        address: String,
    },
}

/// What is answered. A code that was asked for is answered by [`super::Reply::CodeRequested`].
#[derive(Debug)]
pub enum ResetAddressReply {
    /// The verified addresses, the primary one first; none without a proven key of that very account.
    Choices(Vec<MaskedAddress>),
}

/// An address that its owner recognises, and nobody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaskedAddress {
    /// Names it in [`ResetAddressRequest::CodeAt`].
    pub id: String,
    /// `a***@e***.org`
    pub masked: String,
    /// True for the primary one.
    pub is_primary: bool,
}
