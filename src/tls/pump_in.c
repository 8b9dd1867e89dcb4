/*
 * pump_in.c -- the direction from the TLS session to the stream, and the counts
 * of both.
 */

#include "tls/pump_flow.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <errno.h>

#include "lib/io.h"

/* --- counts --- */

void
pump_count(struct flow *f)
{
	if (f->p->count != NULL && !f->counted && f->count_due == -1)
		f->count_due = clock_now() + PUMP_COUNT_TIME;
}

void
pump_report_count(struct flow *f, bool last)
{
	int waiting = 0;

	f->count_due = -1;
	if (f->p->count == NULL || f->counted)
		return;
	if (last && f->out_state == OUT_OPEN &&
	    ioctl(f->p->stream, FIONREAD, &waiting) == -1)
		waiting = 0;
	f->counted = last;
	f->p->count(
	    f->p->arg, f->in_bytes, f->out_bytes + (uint64_t)waiting, last);
}

/* --- the direction --- */

void
pump_notice(struct flow *f, enum pump_notice what, int alert)
{
	int64_t hold = 0;

	if (f->noticed)
		return;
	f->noticed = true;
	if (what == PUMP_TRUNCATED)
		hold = f->p->hold_truncated;
	else if (what != PUMP_CLOSED)
		hold = f->p->hold_failed;
	/* A pump that finishes has no program left that could read the end. */
	if (hold > 0 && f->deadline == -1)
		f->held_until = clock_now() + hold;
	f->p->notice(f->p->arg, what, alert);
}

/* Pass the end of "in" on, when all is written and the end is not hidden. */
static void
show_end(const struct flow *f)
{
	if (!f->in_open && f->packet == NULL && f->held_until == -1)
		shutdown(f->p->stream, SHUT_WR);
}

void
pump_out_fail(struct flow *f)
{
	f->out_state = OUT_CLOSED;
	f->start = f->end = 0;
	shutdown(f->p->stream, SHUT_RD);
}

static void
in_end(struct flow *f, enum pump_notice what, int alert)
{
	f->in_open = false;
	pump_notice(f, what, alert);
	if (what != PUMP_CLOSED && what != PUMP_TRUNCATED)
		pump_out_fail(f);
	show_end(f);
}

/* A renegotiation (TLS 1.2) counts as a violation of the protocol. */
void
pump_in_fail(struct flow *f, int error)
{
	if (error == GNUTLS_E_FATAL_ALERT_RECEIVED) {
		in_end(f, PUMP_ALERT, gnutls_alert_get(f->p->tls));
		return;
	}
	gnutls_alert_send_appropriate(f->p->tls, error);
	in_end(f, PUMP_BROKEN, 0);
}

/* The socket has nothing more for now, or it has ended. */
static bool
in_pause(struct flow *f)
{
	if (!f->link.ended)
		return false;
	in_end(f, f->link.error != 0 ? PUMP_RESET : PUMP_TRUNCATED, 0);
	return true;
}

static void
packet_done(struct flow *f)
{
	gnutls_packet_deinit(f->packet);
	f->packet = NULL;
	f->in.size = 0;
	show_end(f);
}

/* Write to the stream.  Returns whether it accepted or refused data. */
static bool
in_write(struct flow *f)
{
	ssize_t n = (ssize_t)f->in.size;

	if (f->in_wanted)
		n = tls_link_send(f->p->stream, f->in.data, f->in.size);
	if (n == -1 && io_is_temporary(errno))
		return false;
	if (n == -1) {
		f->in_wanted = false;
		n = (ssize_t)f->in.size;
	}
	f->in.data += n;
	f->in.size -= (unsigned int)n;
	if (f->in.size == 0)
		packet_done(f);
	return true;
}

/* Read a record.  Returns false if none has arrived. */
static bool
in_read(struct flow *f)
{
	ssize_t n = gnutls_record_recv_packet(f->p->tls, &f->packet);

	if (n > 0) {
		gnutls_packet_get(f->packet, &f->in, NULL);
		f->in_bytes += f->in.size;
		pump_count(f);
	} else
		f->packet = NULL;
	if (n == GNUTLS_E_AGAIN)
		return in_pause(f);
	if (n == 0)
		in_end(f, PUMP_CLOSED, 0);
	else if (n < 0 && gnutls_error_is_fatal((int)n))
		pump_in_fail(f, (int)n);
	else if (n == GNUTLS_E_REHANDSHAKE)
		pump_in_fail(f, GNUTLS_E_UNEXPECTED_HANDSHAKE_PACKET);
	return true;
}

bool
pump_step_in(struct flow *f)
{
	bool is_long;

	if (f->packet == NULL && (!f->in_open || !in_read(f)))
		return false;
	if (f->packet == NULL)
		return f->in_open;
	is_long = f->in.size >= LONG_RECORD ||
	    gnutls_record_check_pending(f->p->tls) > 0;
	return in_write(f) && f->packet == NULL && is_long;
}
