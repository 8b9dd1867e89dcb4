/*
 * pump_run.c -- the loop of a relay and of hail-tls.
 *
 * "In" is from the TLS session to the stream, "out" from the stream to the TLS
 * session.  Each direction holds at most one record, and reads no more until
 * that is written.  Neither waits for the other: a client that does not read
 * can still send.
 */

#include "tls/pump_flow.h"

#include <sys/socket.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "lib/io.h"

/* The records that one direction copies in a turn. */
#define TURN 16

static void
finish_within_grace(struct flow *f)
{
	if (f->deadline != -1)
		return;
	f->deadline = clock_now() + f->p->grace;
	pump_report_count(f, true);
	tls_link_widen(f->p->net);
}

/* --- out --- */

/* Encrypt what was read, until the socket takes no more. */
static void
out_write(struct flow *f)
{
	ssize_t n;

	while (f->start < f->end && !tls_link_is_blocked(&f->link)) {
		n = gnutls_record_send(
		    f->p->tls, f->out + f->start, f->end - f->start);
		if (n > 0)
			f->start += (size_t)n;
		else if (n != GNUTLS_E_INTERRUPTED) {
			pump_in_fail(f, (int)n);
			return;
		}
	}
}

/* All that can be read was sent: the client must detect the truncation. */
static void
out_cut(struct flow *f)
{
	f->out_state = OUT_CLOSED;
	f->in_wanted = false;
	f->noticed = true; /* the client may do the same in return */
	shutdown(f->p->net, SHUT_WR);
	shutdown(f->p->stream, SHUT_RDWR);
}

static bool
out_read(struct flow *f)
{
	ssize_t n = tls_link_receive(f->p->stream, f->out, sizeof(f->out));

	if (n == -1 && io_is_temporary(errno)) {
		if (f->cut)
			out_cut(f);
		return false;
	}
	f->start = 0;
	f->end = n > 0 ? (size_t)n : 0;
	f->out_bytes += f->end;
	pump_count(f);
	/* ECONNRESET: the program closed the stream with unread data. */
	if (n <= 0)
		f->out_state = OUT_ENDED;
	return true;
}

/* Send close_notify, then FIN. */
static void
out_close(struct flow *f)
{
	if (f->out_state == OUT_ENDED) {
		gnutls_bye(f->p->tls, GNUTLS_SHUT_WR);
		f->out_state = OUT_NOTIFIED;
	}
	if (f->out_state == OUT_NOTIFIED && !tls_link_is_blocked(&f->link)) {
		shutdown(f->p->net, SHUT_WR);
		f->out_state = OUT_CLOSED;
	}
}

/* Returns whether it is worth while to go on without poll(2). */
static bool
step_out(struct flow *f)
{
	bool is_long;

	tls_link_flush(&f->link);
	if (f->out_state == OUT_CLOSED || tls_link_is_blocked(&f->link))
		return false;
	if (f->start == f->end && f->out_state == OUT_OPEN && !out_read(f))
		return false;
	is_long = f->cut || f->end - f->start >= LONG_RECORD;
	out_write(f);
	if (f->start == f->end)
		out_close(f);
	return is_long;
}

/* --- both --- */

/* Whether the socket for which the direction waits is ready. */
static bool
in_is_ready(const struct flow *f)
{
	return f->ways[f->packet != NULL ? WAY_STREAM : WAY_NET].revents != 0;
}

static bool
out_is_ready(const struct flow *f)
{
	bool blocked = tls_link_is_blocked(&f->link);

	return f->ways[blocked ? WAY_NET : WAY_STREAM].revents != 0;
}

static bool
step(struct flow *f)
{
	bool in = in_is_ready(f), out = f->cut || out_is_ready(f);
	int i;

	for (i = 0; in && i < TURN; i++)
		in = pump_step_in(f);
	for (i = 0; out && i < TURN; i++)
		out = step_out(f);
	return in || out;
}

/* Handle errors and ends that poll(2) reports. */
static void
examine(struct flow *f)
{
	struct pollfd *net = &f->ways[WAY_NET];

	if ((net->revents & POLLERR) != 0 && f->link.error == 0)
		f->link.error = ECONNRESET;
	/*
	 * The client has gone.  Data that it sent before, such as an alert with
	 * the reason, can still be read; but do not wait for a full stream.
	 */
	if (f->link.error != 0 && f->out_state != OUT_CLOSED) {
		if (f->packet != NULL)
			pump_notice(f, PUMP_RESET, 0);
		pump_out_fail(f);
	}
	if (f->ways[WAY_CONTROL].revents != 0 && f->p->cut != NULL)
		f->cut = f->p->cut(f->p->arg);
	/* The session is over, or the other program has closed its socket. */
	if (f->ways[WAY_CONTROL].revents != 0 ||
	    (f->ways[WAY_STREAM].revents & POLLHUP) != 0) {
		f->held_until = -1;
		finish_within_grace(f);
	}
}

static void
watch_all(struct flow *f)
{
	bool blocked = tls_link_is_blocked(&f->link), full = f->packet != NULL;

	tls_link_watch(&f->ways[WAY_NET], f->p->net,
	    (short)((f->in_open && !full ? POLLIN : 0) |
		(blocked ? POLLOUT : 0)));
	tls_link_watch(&f->ways[WAY_STREAM], f->p->stream,
	    (short)((f->out_state == OUT_OPEN && !blocked ? POLLIN : 0) |
		(full ? POLLOUT : 0)));
	f->ways[WAY_CONTROL].fd = f->deadline == -1 ? f->p->control : -1;
}

/* Poll, and with AGAIN do not wait.  Returns false at the deadline. */
static bool
wait_for_some(struct flow *f, bool again)
{
	const int64_t deadline = clock_sooner(f->deadline, f->held_until);
	int i, n;

	watch_all(f);
	n = io_poll(
	    f->ways, WAYS, again ? 0 : clock_sooner(deadline, f->count_due));
	if (f->count_due != -1 && clock_now() >= f->count_due)
		pump_report_count(f, false);
	else if (n == 0 && !again)
		return false;
	for (i = 0; i <= WAY_STREAM; i++)
		if (again)
			f->ways[i].revents |= POLLIN;
	return deadline == -1 || clock_now() < deadline;
}

static bool
is_done(const struct flow *f)
{
	if (f->packet != NULL || f->out_state != OUT_CLOSED ||
	    f->held_until != -1)
		return false;
	return !f->in_open ||
	    (f->p->reset && f->deadline != -1 && !f->in_wanted);
}

static void
start(struct flow *f, const struct pump *p)
{
	memset(f, 0, offsetof(struct flow, link));
	f->p = p;
	f->deadline = f->held_until = f->count_due = -1;
	f->in_open = f->in_wanted = true;
	f->out_state = OUT_OPEN;
	f->ways[WAY_CONTROL].events = POLLIN;
	tls_link_attach(&f->link, p->tls, p->net);
}

/*
 * The grace is over.  Send close_notify only if all data was sent; otherwise
 * the client must detect the truncation.
 */
static void
stop(struct flow *f)
{
	if (f->out_state != OUT_OPEN || f->start < f->end ||
	    tls_link_is_blocked(&f->link))
		return;
	f->out_state = OUT_ENDED;
	out_close(f);
}

void
pump_run(struct pump *p)
{
	/* Most pages of its buffers are never used, so nothing clears them. */
	static struct flow flow;
	struct flow *f = &flow;
	bool again = true;

	start(f, p);
	while (!is_done(f) && wait_for_some(f, again)) {
		examine(f);
		again = step(f);
	}
	stop(f);
	pump_report_count(f, true);
	gnutls_packet_deinit(f->packet);
}
