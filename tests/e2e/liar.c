/*
 * liar.c -- a speaker that lies to the monitor: with main.c a haild-commands of
 * its own.
 *
 * The first byte that the client sends says how.  A monitor that believes it
 * would run something.
 */

#include <sys/socket.h>
#include <sys/syscall.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "commands/exchange.h"
#include "commands/speaker.h"
#include "contain/confine.h"
#include "lib/proxy.h"
#include "session/monitor_start.h"

static void
say(enum exchange_type type, const void *payload, size_t length)
{
	if (message_send(SPEAKER_MONITOR, type, payload, length, 0) == -1)
		_exit(2);
}

static void
say_size(uint32_t size)
{
	say(EXCHANGE_REQUEST, &size, sizeof(size));
}

/* A request that says that it has so many arguments and variables. */
static void
request(uint32_t nargs, uint32_t nenv, const char *strings, size_t len)
{
	char record[256];
	struct request_header header = { nargs, nenv };

	memcpy(record, &header, sizeof(header));
	memcpy(record + sizeof(header), strings, len);
	len += sizeof(header);
	say_size((uint32_t)len);
	say(EXCHANGE_PART, record, len);
}

#define REQUEST(nargs, nenv, strings) \
	request(nargs, nenv, strings, sizeof(strings))

/* What the speaker must not do: one that can do it tells the truth. */
static void
try_call(long call, long a, long b, long c)
{
	static const int on = 1;

	if (confine_calls(SPEAKER_MONITOR) == -1)
		_exit(2);
	syscall(call, a, b, c, &on, sizeof(on));
	REQUEST(0, 0, "touch");
}

static void
skip_setup(void)
{
	struct speaker_setup setup;
	struct message m;

	if (message_receive(SPEAKER_MONITOR, monitor_start_kinds,
		MESSAGE_BIT(SPEAKER_SETUP), &m, &setup, sizeof(setup),
		0) != MESSAGE_OK)
		_exit(2);
}

void
speaker_run(const char *service __attribute__((unused)),
    pid_t parent __attribute__((unused)))
{
	struct exchange_invalid invalid = { .error = "" };
	struct exchange_counts counts = { 0, 0 };
	char how = 0;

	skip_setup();
	if (read(SPEAKER_CLIENT, &how, 1) != 1)
		_exit(1);
	switch (how) {
	case '0': /* the truth, to see that this would be seen */
		REQUEST(0, 0, "touch");
		break;
	case '1': /* more strings than there are */
		REQUEST(1, 0, "touch");
		break;
	case '2': /* fewer */
		REQUEST(0, 0, "touch\0touch");
		break;
	case '3': /* so many that a sum would overflow */
		REQUEST(0xffffffff, 1, "touch");
		break;
	case '4': /* no end of the last one */
		request(0, 0, "touch", 5);
		break;
	case '5': /* a size that nobody should make room for */
		say_size(0xffffffff);
		break;
	case '6': /* none at all */
		say_size(0);
		break;
	case '7': /* another size than it said */
		say_size(32);
		request(0, 0, "touch", 6);
		break;
	case '8': /* a packet that is no message */
		if (write(SPEAKER_MONITOR, "touch", 6) == -1)
			_exit(2);
		break;
	case '9': /* a message of the monitor's */
		say(EXCHANGE_ADMITTED, NULL, 0);
		break;
	case 'a': /* all is over, before it began */
		say(EXCHANGE_DONE, &counts, sizeof(counts));
		break;
	case 'b': /* twice */
		REQUEST(0, 0, "wait");
		REQUEST(0, 0, "touch");
		break;
	case 'c': /* for a command that is not there for this client */
		REQUEST(0, 0, "secret");
		break;
	case 'd': /* with an argument that is not allowed */
		REQUEST(1, 0, "x; touch\0strict");
		break;
	case 'e': /* with a name that is not only one */
		REQUEST(0, 0, "../touch");
		break;
	case 'f': /* without a word */
		_exit(0);
	case 'g': /* the client is gone, for ever */
	case 'h': /* or wrong */
		REQUEST(0, 0, "wait");
		for (;;)
			if (how == 'g')
				say(EXCHANGE_GONE, NULL, 0);
			else
				say(EXCHANGE_INVALID, &invalid,
				    sizeof(invalid));
	case 'i': /* a request, and not there for the answer */
		REQUEST(0, 0, "wait");
		_exit(0);
	case 'k':
		try_call(__NR_kill, getppid(), 0, 0);
		break;
	case 'l':
		try_call(__NR_openat, AT_FDCWD, (long)"/", O_RDONLY);
		break;
	case 'm':
		try_call(__NR_socket, AF_INET, SOCK_STREAM, 0);
		break;
	case 'n': /* options of TCP but the one, which is fine */
		try_call(__NR_setsockopt, SPEAKER_CLIENT, IPPROTO_TCP, TCP_ULP);
		break;
	case 'o':
		try_call(
		    __NR_setsockopt, SPEAKER_CLIENT, SOL_SOCKET, TCP_QUICKACK);
		break;
	case 'q': /* a descriptor with a message */
		if (message_send_fds(SPEAKER_MONITOR, EXCHANGE_GONE, NULL, 0,
			(const int[]) { SPEAKER_CLIENT }, 1, 0) == -1)
			_exit(2);
		break;
	case 'r': /* the header of a proxy, where none is expected */
		say(EXCHANGE_HEADER, &(struct proxy) { .kind = PROXY_LOCAL },
		    sizeof(struct proxy));
		break;
	case 'p':
		try_call(
		    __NR_setsockopt, SPEAKER_CLIENT, IPPROTO_TCP, TCP_QUICKACK);
		break;
	default:
		_exit(3);
	}
	if (how >= 'c' && how <= 'e') { /* those are refused in due form */
		struct exchange_end end;
		struct message m = { .type = EXCHANGE_RUNNING };

		/* Patterns are matched when RUNNING has been sent. */
		while (m.type == EXCHANGE_RUNNING)
			if (message_receive(SPEAKER_MONITOR, exchange_kinds,
				MESSAGE_BIT(EXCHANGE_RUNNING) |
				    MESSAGE_BIT(EXCHANGE_END),
				&m, &end, sizeof(end), 0) != MESSAGE_OK)
				_exit(0);
		say(EXCHANGE_DONE, &counts, sizeof(counts));
		_exit(0);
	}
	/* For ever: the monitor ends this process. */
	for (;;)
		ppoll(NULL, 0, NULL, NULL); /* allowed in all cases */
}
