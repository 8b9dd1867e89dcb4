/*
 * liar.c -- a speaker that lies to the monitor, in the place of speaker.c.
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

#include "contain/confine.h"
#include "commands/exchange.h"
#include "commands/speaker.h"

static void
say(int fd, enum said_kind kind, uint32_t size)
{
	struct said said;

	memset(&said, 0, sizeof(said));
	said.kind = kind;
	said.size = size;
	if (write(fd, &said, sizeof(said)) == -1)
		_exit(2);
}

/* A request that says that it has so many arguments and variables. */
static void
request(int fd, uint32_t nargs, uint32_t nenv, const char *strings, size_t len)
{
	char record[256];
	struct request_header header = { nargs, nenv };

	memcpy(record, &header, sizeof(header));
	memcpy(record + sizeof(header), strings, len);
	len += sizeof(header);
	say(fd, SAID_REQUEST, (uint32_t)len);
	if (write(fd, record, len) == -1)
		_exit(2);
}

#define REQUEST(fd, nargs, nenv, strings) \
	request(fd, nargs, nenv, strings, sizeof(strings))

/* What is not left to the speaker: whoever can do that, tells the truth. */
static void
try_call(int talk, long call, long a, long b, long c)
{
	static const int on = 1;

	if (confine_calls() == -1)
		_exit(2);
	syscall(call, a, b, c, &on, sizeof(on));
	REQUEST(talk, 0, 0, "touch");
}

void
speaker_run(const struct speaker_fds *fds)
{
	char how = 0;
	int talk = fds->talk;

	if (read(fds->client, &how, 1) != 1)
		_exit(1);
	switch (how) {
	case '0': /* the truth, to see that this would be seen */
		REQUEST(talk, 0, 0, "touch");
		break;
	case '1': /* more strings than there are */
		REQUEST(talk, 1, 0, "touch");
		break;
	case '2': /* fewer */
		REQUEST(talk, 0, 0, "touch\0touch");
		break;
	case '3': /* so many that a sum would overflow */
		REQUEST(talk, 0xffffffff, 1, "touch");
		break;
	case '4': /* no end of the last one */
		request(talk, 0, 0, "touch", 5);
		break;
	case '5': /* a size that nobody should make room for */
		say(talk, SAID_REQUEST, 0xffffffff);
		break;
	case '6': /* none at all */
		say(talk, SAID_REQUEST, 0);
		break;
	case '7': /* another size than it said */
		say(talk, SAID_REQUEST, 32);
		request(talk, 0, 0, "touch", 6);
		break;
	case '8': /* a record that is none */
		if (write(talk, "touch", 6) == -1)
			_exit(2);
		break;
	case '9': /* of a kind that is none */
		say(talk, 99, 14);
		break;
	case 'a': /* all is over, before it began */
		say(talk, SAID_DONE, 0);
		break;
	case 'b': /* twice */
		REQUEST(talk, 0, 0, "wait");
		REQUEST(talk, 0, 0, "touch");
		break;
	case 'c': /* for a command that is not there for this client */
		REQUEST(talk, 0, 0, "secret");
		break;
	case 'd': /* with an argument that is not allowed */
		REQUEST(talk, 1, 0, "x; touch\0strict");
		break;
	case 'e': /* with a name that is not only one */
		REQUEST(talk, 0, 0, "../touch");
		break;
	case 'f': /* without a word */
		_exit(0);
	case 'g': /* the client is gone, for ever */
	case 'h': /* or wrong */
		REQUEST(talk, 0, 0, "wait");
		for (;;)
			say(talk, how == 'g' ? SAID_GONE : SAID_WRONG, 0);
	case 'i': /* a request, and not there for the answer */
		REQUEST(talk, 0, 0, "wait");
		_exit(0);
	case 'k':
		try_call(talk, __NR_kill, getppid(), 0, 0);
		break;
	case 'l':
		try_call(talk, __NR_openat, AT_FDCWD, (long)"/", O_RDONLY);
		break;
	case 'm':
		try_call(talk, __NR_socket, AF_INET, SOCK_STREAM, 0);
		break;
	case 'n': /* options of TCP but the one, which is fine */
		try_call(
		    talk, __NR_setsockopt, fds->client, IPPROTO_TCP, TCP_ULP);
		break;
	case 'o':
		try_call(talk, __NR_setsockopt, fds->client, SOL_SOCKET,
		    TCP_QUICKACK);
		break;
	case 'p':
		try_call(talk, __NR_setsockopt, fds->client, IPPROTO_TCP,
		    TCP_QUICKACK);
		break;
	default:
		_exit(3);
	}
	if (how >= 'c' && how <= 'e') { /* those are refused in due form */
		struct told told;

		if (read(talk, &told, sizeof(told)) == sizeof(told))
			say(talk, SAID_DONE, 0);
		_exit(0);
	}
	/* For ever: it is the monitor that ends us. */
	for (;;)
		ppoll(NULL, 0, NULL, NULL); /* what is left to all of them */
}
