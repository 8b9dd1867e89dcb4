#include "hail/tls_helper.h"

#include <sys/socket.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/fds.h"
#include "lib/io.h"
#include "lib/process.h"

#define NAME "hail-tls"

/* hail-tls has ended the stream, so its report is there or arrives at once. */
#define END_TIMEOUT (5 * SECOND)

/* --- reports --- */

/*
 * Make the text of R printable, because it may have bytes that the server
 * chose.  N bytes of R were received.
 */
static void
make_printable(struct tls_report *r, size_t n)
{
	size_t max = sizeof(r->text) - 1;
	char *p;

	n -= offsetof(struct tls_report, text);
	r->text[n < max ? n : max] = '\0';
	r->pin[sizeof(r->pin) - 1] = '\0';
	if (!pin_is_valid(r->pin))
		r->pin[0] = '\0';
	for (p = r->text; *p != '\0'; p++)
		if (iscntrl((unsigned char)*p) && *p != '\n')
			*p = '?';
}

static void
fail_by_death(struct connection *c, const char *what)
{
	char text[PROCESS_END_MAX];
	siginfo_t info;

	kill(c->helper, SIGKILL);
	if (process_wait(c->helper, clock_now() + END_TIMEOUT, &info))
		connection_fail(c, HAIL_TLS, NAME " %s: it %s", what,
		    process_print_end(&info, text, sizeof(text)));
	else
		connection_fail(c, HAIL_TLS, NAME " %s", what);
}

uint32_t
tls_helper_wait(struct connection *c, struct tls_report *report,
    int64_t deadline, const char *late)
{
	const uint32_t any = MESSAGE_BIT(TLS_NOTE) | MESSAGE_BIT(TLS_READY) |
	    MESSAGE_BIT(TLS_FAILED) | MESSAGE_BIT(TLS_ENDED);
	struct message m;

	if (io_wait(c->channel, POLLIN, deadline) == 0) {
		kill(c->helper, SIGKILL);
		connection_fail(c, HAIL_TIMED_OUT, "timed out: %s", late);
		return 0;
	}
	memset(report, 0, sizeof(*report));
	switch (message_receive(c->channel, tls_helper_kinds, any, &m, report,
	    sizeof(*report), 0)) {
	case MESSAGE_OK:
		make_printable(report, m.length);
		return m.type;
	case MESSAGE_BAD:
		fail_by_death(c, "sent an invalid message");
		return 0;
	default:
		fail_by_death(c, "ended too early");
		return 0;
	}
}

/* hail-tls has ended the stream: read its report of how the session ended. */
static void
take_end(struct connection *c)
{
	struct tls_report r;
	uint32_t type;

	do
		type = tls_helper_wait(c, &r, clock_now() + END_TIMEOUT,
		    NAME " did not report the end");
	while (type == TLS_NOTE);
	if (type == 0 || r.status == HAIL_ENDED || c->status != HAIL_ENDED)
		return;
	c->tls_end = (enum hail_status)r.status;
	strlcpy(c->error, r.text, sizeof(c->error));
}

/* --- start --- */

static void __attribute__((noreturn))
execute(int program, char *const *argv, int server, int stream, int channel)
{
	const int keep[] = { server, stream, channel };
	struct tls_report r = { .status = HAIL_TLS };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* hail-tls must not keep hail's pipes open. */
	if (null != -1 && fds_set_stdio(null, null, null) != -1)
		fds_execute(program, argv, keep, 3);
	snprintf(r.text, sizeof(r.text), "cannot execute " NAME ": %s",
	    strerror(errno));
	message_send(channel, TLS_FAILED, &r, sizeof(r), 0);
	_exit(127);
}

static void
start(struct connection *c, int program, char *const *argv, int stream[2],
    int channel[2])
{
	c->helper = fork();
	if (c->helper == -1) {
		connection_fail(
		    c, HAIL_TLS, "cannot fork: %s", strerror(errno));
		close(stream[0]);
		close(channel[0]);
		return;
	}
	if (c->helper == 0)
		execute(program, argv, c->sock, stream[1], channel[1]);
	close(c->sock);
	c->sock = stream[0];
	c->channel = channel[0];
	c->is_unix = true;
	c->ended = take_end;
}

static int
make_pairs(int stream[2], int channel[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stream) == -1)
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) ==
	    -1) {
		close(stream[0]);
		close(stream[1]);
		return -1;
	}
	return 0;
}

void
tls_helper_start(struct connection *c, char *const *argv)
{
	int program, stream[2], channel[2];
	char path[PATH_MAX];

	if ((program = fds_open_program(NAME, path)) == -1) {
		connection_fail(
		    c, HAIL_TLS, "cannot open %s: %s", path, strerror(errno));
		return;
	}
	if (make_pairs(stream, channel) == -1)
		connection_fail(
		    c, HAIL_TLS, "cannot create a socket: %s", strerror(errno));
	else {
		start(c, program, argv, stream, channel);
		close(stream[1]);
		close(channel[1]);
	}
	close(program);
}
