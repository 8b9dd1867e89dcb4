# undelegated.sh -- fault 88: without controllers, a service that asks for them is out
# of service, and the log has the reason; other services are served.
# root: disk
. "${srcdir:-.}/tests/vm/lib.sh"

# start UNIT-LINE...
start()
{
	unit=$(printf '%s\n' "$@")
	fresh <<EOF
user = "nobody"
memory: { listen = ["127.0.0.1:7881"] exec = ["/bin/cat"] memory-max = "32M" }
tasks: { listen = ["127.0.0.1:7882"] exec = ["/bin/cat"] tasks-max = 20 }
cpu: { listen = ["127.0.0.1:7883"] exec = ["/bin/cat"] cpu-quota = "50%" }
all: { listen = ["127.0.0.1:7884"] exec = ["/bin/cat"] service-memory-max = "1G" }
plain: { listen = ["127.0.0.1:7885"] exec = ["/bin/cat"] }
EOF
	serves
	journalctl --sync
}

# out: the services that are out of service.
out()
{
	journal | sed -n 's/^\(.*\): out of service$/\1/p' | sort | tr '\n' ' '
}

start Delegate=no
is 'without delegation limits are out of service' "$(out)" 'all cpu memory tasks '
ok 'the log says why' says '"memory-max"'
is 'a service without limits serves' "$(echo text | nc -N 127.0.0.1 7885)" text
start ProtectControlGroups=yes
is 'so they are with a read-only cgroupfs' "$(out)" 'all cpu memory tasks '
ok 'the log says why' says '"memory-max"'
is 'a service without limits serves' "$(echo text | nc -N 127.0.0.1 7885)" text
start Delegate=no 'Delegate=memory pids'
is 'without the cpu controller only cpu-quota is' "$(out)" 'cpu '
unit=
start
is 'with delegation, all are served' "$(out)" ''
done_testing
