#!/usr/bin/python3
"""A directory for `directory.command`: people in people.json, their passwords in an htpasswd file, both beside this
program. Speaks the protocol of src/directory/command.rs."""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PEOPLE, PASSWORDS = os.path.join(HERE, "people.json"), os.path.join(HERE, "htpasswd")


def hashed(password, salt=None):
    words = ["openssl", "passwd", "-apr1", "-stdin"] + (["-salt", salt] if salt else [])
    return subprocess.run(words, input=password, capture_output=True, text=True, check=True).stdout.strip()


def passwords():
    with open(PASSWORDS) as lines:
        return dict(line.strip().split(":", 1) for line in lines)


def is_right(name, password):
    kept = passwords().get(name)
    salt = kept.split("$")[2] if kept else "saltsalt"
    return hashed(password, salt) == kept


def set_password(person, new):
    if new in person.get("history", []):
        answer(65, {"reason": "history"})
    kept = passwords()
    kept[person["id"]] = hashed(new)
    with open(PASSWORDS + ".new", "w") as file:
        file.writelines(f"{name}:{value}\n" for name, value in kept.items())
    os.replace(PASSWORDS + ".new", PASSWORDS)
    if person.pop("must_change", None):
        with open(PEOPLE + ".new", "w") as file:
            json.dump(people, file)
        os.replace(PEOPLE + ".new", PEOPLE)
    answer(0)


def answer(status, said=None):
    if said is not None:
        json.dump(said, sys.stdout)
    sys.exit(status)


if os.path.exists(os.path.join(HERE, "down")):
    print("the directory is down", file=sys.stderr)
    answer(75)
question = json.load(sys.stdin)
with open(os.path.join(HERE, "asked"), "a") as log:
    log.write(question["action"] + "\n")
with open(PEOPLE) as file:
    people = json.load(file)
match question["action"]:
    case "check":
        answer(0)
    case "lookup":
        login = question.get("login", question.get("id"))
        found = [one for one in people if login in (one["id"], one["name"], one.get("email"))]
        answer(0, found[0]) if found else answer(67)
    case "verify":
        found = [one for one in people if one["id"] == question["id"]]
        if not is_right(question["id"], question["password"]) or not found:
            answer(77)
        due = found[0].get("must_change")
        answer(0, {"must_change": due}) if due else answer(0)
    case "change" | "reset":
        person = next(one for one in people if one["id"] == question["id"])
        if question["action"] == "change" and not is_right(person["id"], question["current"]):
            answer(77)
        set_password(person, question["new"])
    case "ssh-keys":
        person = next(one for one in people if one["id"] == question["id"])
        answer(0, {"keys": person.get("ssh_keys", [])})
    case _:
        answer(64)
