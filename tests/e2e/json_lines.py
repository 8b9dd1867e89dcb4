"""json_lines.py -- lines of haild's JSON log, as a JSON parser reads them.

	check MANUAL FILE	what is wrong with lines: not JSON, not ASCII,
				names that the manual page does not have
	has FILE NAME=VALUE...	whether a line has all of these (regular
				expressions for values)
	receive PATH FILE	be a syslog: write each message as a line

What precedes an object, from syslog or for the journal, is left out, and so are
the lines before the first object: the configuration was not read yet.
"""

import json
import os
import re
import socket
import sys

TYPES = {"string": str, "number": (int, float), "true": bool}
ALWAYS = {"time", "level", "program", "pid", "message"}


def objects(path):
    begun = False
    with open(path, "rb") as file:
        for line in file.read().split(b"\n")[:-1]:
            line = re.sub(rb"^<\d+>(\w{3} [ \d]\d [\d:]+ haild\[\d+\]: )?",
                          b"", line)
            begun = begun or line.startswith(b"{")
            if begun:
                yield line


def manual_tables(path):
    with open(path, encoding="ascii") as file:
        text = file.read()
    names = dict(re.findall(r"^\.It Li (\w+) Ta (string|number|true) Ta", text,
                            re.M))
    events = text.split(".It Sy event Ta Sy Line\n")[1].split("\n.El")[0]
    outcomes = text.split(".It Sy outcome Ta Sy END\n")[1].split("\n.El")[0]
    reasons = text.split(".It Sy reason Ta Sy REASON\n")[1].split("\n.El")[0]
    column = re.compile(r"^\.It Li (\S+) Ta", re.M)
    return names, {"event": set(column.findall(events)),
                   "outcome": set(column.findall(outcomes)),
                   "reason": set(column.findall(reasons))}


def faults(line, names, values):
    if not re.fullmatch(rb"[ -~]+", line) or len(line) >= 4096:
        return ["not a line of printable ASCII, or too long"]
    try:
        pairs = json.loads(line, object_pairs_hook=list)
    except ValueError as error:
        return [str(error)]
    members = dict(pairs)
    found = []
    if len(members) != len(pairs):
        found.append("a name twice")
    for name, value in pairs:
        if name not in names:
            found.append(name + " is not in the manual")
        elif not isinstance(value, TYPES[names[name]]):
            found.append(name + " has another type")
        elif name in values and value not in values[name]:
            found.append(f"{name} {value} is not in the manual")
    if not ALWAYS <= set(members):
        found.append("a name is missing")
    elif not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
                          members["time"]):
        found.append("bad time")
    return found


def check(manual, path):
    names, values = manual_tables(manual)
    total = 0
    for line in objects(path):
        total += 1
        for fault in faults(line, names, values):
            print(f"{fault}: {line!r}")
    if total == 0:
        print("no line")


def has(path, wanted):
    for line in objects(path):
        try:
            members = json.loads(line)
        except ValueError:
            continue
        if all(re.fullmatch(value, str(members.get(name)))
               for name, value in (item.split("=", 1) for item in wanted)):
            return True
    return False


def receive(path, output):
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind(path)
    os.chmod(path, 0o666)
    with open(output, "wb", buffering=0) as file:
        while True:
            file.write(log.recv(65536) + b"\n")


if sys.argv[1] == "check":
    check(sys.argv[2], sys.argv[3])
elif sys.argv[1] == "has":
    sys.exit(0 if has(sys.argv[2], sys.argv[3:]) else 1)
else:
    receive(sys.argv[2], sys.argv[3])
