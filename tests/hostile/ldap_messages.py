"""Messages of LDAP in BER, for tests/hostile/ldap, tests/bench/ldap and the samples in tests/fuzz/corpus/ldap_message."""


def tlv(tag, content):
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(digits)]) + digits + content


def octets(text, tag=0x04):
    return tlv(tag, text.encode() if isinstance(text, str) else text)


def integer(number, tag=0x02):
    size = max(1, number.bit_length() // 8 + 1)
    return tlv(tag, number.to_bytes(size, "big"))


def message(number, operation, controls=b""):
    return tlv(0x30, integer(number) + operation + controls)


def bind(number, name, password):
    return message(number, tlv(0x60, integer(3) + octets(name) + octets(password, 0x80)))


def unbind(number):
    return message(number, b"\x42\x00")


def present(name):
    return octets(name, 0x87)


def equal(name, value, tag=0xA3):
    return tlv(tag, octets(name) + octets(value))


def substring(name, first, between, last):
    parts = octets(first, 0x80) + octets(between, 0x81) + octets(last, 0x82)
    return tlv(0xA4, octets(name) + tlv(0x30, parts))


def all_of(*filters):
    return tlv(0xA0, b"".join(filters))


def one_of(*filters):
    return tlv(0xA1, b"".join(filters))


def no(one):
    return tlv(0xA2, one)


def search(number, base, what, names=(), scope=2, page=None):
    limits = integer(0) + integer(0) + b"\x01\x01\x00"
    wanted = tlv(0x30, b"".join(octets(name) for name in names))
    operation = tlv(0x63, octets(base) + integer(scope, 0x0A) + integer(0, 0x0A) + limits + what + wanted)
    if page is None:
        return message(number, operation)
    size, cookie = page
    value = octets(tlv(0x30, integer(size) + octets(cookie)))
    return message(number, operation, tlv(0xA0, tlv(0x30, octets("1.2.840.113556.1.4.319") + value)))


def compare(number, name, attribute, value):
    return message(number, tlv(0x6E, octets(name) + tlv(0x30, octets(attribute) + octets(value))))


def extended(number, oid, value=None):
    return message(number, tlv(0x77, octets(oid, 0x80) + (b"" if value is None else octets(value, 0x81))))


def change_password(number, who, old, new):
    value = tlv(0x30, octets(who, 0x80) + octets(old, 0x81) + octets(new, 0x82))
    return extended(number, "1.3.6.1.4.1.4203.1.11.1", value)


BASE = "dc=example,dc=org"


def samples():
    """One of each kind, by name."""
    ada = f"uid=ada,ou=people,{BASE}"
    either = one_of(equal("uid", "ada"), equal("mail", "ada@example.org"))
    return {
        "bind": bind(1, ada, "violet engine numbers"),
        "bind-by-name": bind(1, "ada", "violet engine numbers"),
        "bind-sasl": message(1, tlv(0x60, integer(3) + octets("") + tlv(0xA3, octets("PLAIN") + octets("\0ada\0x")))),
        "unbind": unbind(2),
        "root-dse": search(1, "", present("objectClass"), ["+"], scope=0),
        "search-dovecot": search(3, BASE, all_of(equal("objectClass", "inetOrgPerson"), either), ["uid"]),
        "search-sssd": search(4, BASE, all_of(equal("uidNumber", "2001"), no(equal("uidNumber", "0")), present("uid"))),
        "search-substring": search(5, BASE, substring("mail", "a", "@ex", "org"), ["*", "+"]),
        "search-order": search(6, BASE, one_of(equal("uidNumber", "1", 0xA5), equal("uidNumber", "9", 0xA6), equal("cn", "x", 0xA8))),
        "search-members": search(7, BASE, all_of(equal("objectClass", "groupOfNames"), equal("member", ada)), ["cn"]),
        "search-pages": search(8, BASE, present("objectClass"), ["1.1"], page=(2, b"people/ada")),
        "search-deep": search(9, BASE, no(no(no(no(all_of(one_of(no(equal("sn", "x"))))))))),
        "compare": compare(10, f"cn=Platform,ou=teams,{BASE}", "member", ada),
        "who-am-i": extended(11, "1.3.6.1.4.1.4203.1.11.3"),
        "start-tls": extended(12, "1.3.6.1.4.1.1466.20037"),
        "change-password": change_password(13, ada, "violet engine numbers", "plum tractor seventeen"),
        "delete": message(14, octets(ada, 0x4A)),
        "modify": message(15, tlv(0x66, octets(ada) + tlv(0x30, tlv(0x30, integer(2, 0x0A) + tlv(0x30, octets("mail") + tlv(0x31, octets("x@y.z"))))))),
        "abandon": message(16, integer(9, 0x50)),
        "too-long": b"\x30\x84\x7f\xff\xff\xff",
        "two": unbind(1) + unbind(2),
    }
