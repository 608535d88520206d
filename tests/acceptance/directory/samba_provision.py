"""A domain of Samba in the folder that is given, with people in every state below OU=People.

Samba's own command does the same and then gives files to other users, which only root can."""

import sys

import ldb
from samba.auth import system_session
from samba.dcerpc import security
from samba.ndr import ndr_unpack
from samba.param import LoadParm
from samba.provision import provision
from samba.sd_utils import SDUtils

import logging

folder, service_password, password, admin_password = sys.argv[1:]
settings = LoadParm()
# Nobody misses it if the machine stops.
settings.set("ldb:nosync", "true")
domain = provision(
    logging.getLogger(), system_session(), smbconf=folder + "/provision.conf", targetdir=folder + "/dc",
    realm="AD.EXAMPLE.ORG", domain="ADEXAMPLE", adminpass=admin_password, hostname="dc1", hostip="127.0.0.1",
    serverrole="active directory domain controller", dns_backend="NONE", useeadb=True, skip_sysvolacl=True,
    dom_for_fun_level=4, lp=settings,
)
samdb = domain.samdb
base = str(samdb.domain_dn())
people = "OU=People," + base


def modify(dn, controls=(), **values):
    message = ldb.Message(ldb.Dn(samdb, dn))
    for name, value in values.items():
        message[name] = ldb.MessageElement(value, ldb.FLAG_MOD_REPLACE, name)
    samdb.modify(message, controls=list(controls))


# A wrong password locks for half an hour after the third time; a new one may be changed at once.
minutes = -30 * 60 * 10_000_000
modify(base, minPwdAge="0", lockoutThreshold="3", lockoutDuration=str(minutes), lockOutObservationWindow=str(minutes))

samdb.create_ou(people)
samdb.newuser("portal", service_password)
samdb.newuser("reader", service_password)
portal = samdb.search(base, expression="(sAMAccountName=portal)", attrs=["objectSid"])[0]
sid = ndr_unpack(security.dom_sid, portal["objectSid"][0])
user = "bf967aba-0de6-11d0-a285-00aa003049e2"
acl = SDUtils(samdb)
# "Reset password", and writing lockoutTime, of users below.
acl.dacl_add_ace(people, f"(OA;CIIO;CR;00299570-246d-11d0-a768-00aa006e0529;{user};{sid})")
acl.dacl_add_ace(people, f"(OA;CIIO;WP;28630ebf-41d5-11d1-a9c1-0000f80367c1;{user};{sid})")


def person(name, **values):
    samdb.newuser(name, password, userou="OU=People", mailaddress=name + "@example.org", useusernameascn=True)
    if values:
        modify(f"CN={name},{people}", **values)
    return f"CN={name},{people}"


person("ada", displayName="Ada Lovelace")
samdb.rename(person("comma"), f"CN=Lovelace\\, Ada,{people}")
for name in ["change", "history", "lost", "locked", "locked2", "moved", "walk", "leaves"]:
    person(name)
person("disabled", userAccountControl="514")
person("left", accountExpires="130000000000000000")
for name in ["must", "must2", "must3", "walkdue"]:
    person(name, pwdLastSet="0")
# The moment of a password can be set by nobody, but for a domain that is taken over, which this control says.
taken_over = "local_oid:1.3.6.1.4.1.7165.4.3.20:0"
for name in ["expired", "expired2"]:
    modify(person(name), controls=[taken_over], clearTextPassword=password.encode("utf-16-le"),
           pwdLastSet="130000000000000000")
samdb.newgroup("admins")
samdb.add_remove_group_members("admins", ["ada", "comma"])
