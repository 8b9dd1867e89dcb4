#include "ctl/status.h"

#include <inttypes.h>
#include <string.h>

#include "ctl/format.h"
#include "ctl/table.h"
#include "lib/io.h"

#define CERTIFICATE_DAYS 14 /* left, when it is time for a warning */

static void
put_limit(int64_t limit, FILE *out)
{
	if (limit != -1)
		fprintf(out, " of %" PRId64, limit);
}

void
status_show_haild(const struct answer_haild *h, FILE *out)
{
	char text[FORMAT_MAX];

	fputs("haild ", out);
	format_put(h->version != NULL ? h->version : "?", out);
	fputs(": ", out);
	format_put(h->state != NULL ? h->state : "?", out);
	fprintf(out, ", pid %" PRId64, h->pid);
	if (h->started > 0 && h->now >= h->started)
		fprintf(out, ", up %s",
		    format_duration((h->now - h->started) * SECOND, text));
	fprintf(out, ", sessions %" PRId64, h->sessions);
	put_limit(h->max_sessions, out);
}

/* A line with COUNT and FAILED of what happened, and when last. */
static void
show_history(
    const char *name, int64_t count, int64_t failed, int64_t last, FILE *out)
{
	char text[FORMAT_MAX];

	if (count <= 0 && failed <= 0)
		return;
	fprintf(out, "%s: %" PRId64 ", %" PRId64 " failed; last %s\n", name,
	    count > 0 ? count : 0, failed > 0 ? failed : 0,
	    format_time(last, text));
}

static void
show_number(const char *name, int64_t n, FILE *out)
{
	if (n > 0)
		fprintf(out, "%s: %" PRId64 "\n", name, n);
}

static void
show_daemon(const struct answer_daemon *d, FILE *out)
{
	char text[FORMAT_MAX];

	fputs("configuration: ", out);
	format_put(d->config != NULL ? d->config : "-", out);
	fprintf(out, ", since %s\n", format_time(d->configured, text));
	show_history(
	    "reloads", d->reloads, d->reloads_failed, d->reloaded, out);
	if (d->reload_error != NULL) {
		fputs("last reload failed: ", out);
		format_put(d->reload_error, out);
		fputc('\n', out);
	}
	show_history(
	    "upgrades", d->upgrades, d->upgrades_failed, d->upgraded, out);
	if (d->upgrade_failed)
		fputs("last upgrade failed\n", out);
	if (d->containment != NULL) {
		fputs("containment: ", out);
		format_put(d->containment, out);
		fputc('\n', out);
	}
	show_number("log lines lost", d->lost_all, out);
	show_number("refusals not logged", d->refusals_left_out, out);
	show_number("processes that cannot be reaped", d->unreapable, out);
}

/* The addresses of service S, separated by blanks, into TEXT. */
static void
list_addresses(const struct reply *r, const struct answer_service *s,
    char *text, size_t size)
{
	const struct reply_record *at = reply_find(r->first, ANSWER_LISTENER);
	const struct answer_listener *l;

	*text = '\0';
	for (; at != NULL; at = reply_find(at->next, ANSWER_LISTENER)) {
		l = at->data;
		if (s->name == NULL || l->service == NULL ||
		    l->address == NULL || strcmp(l->service, s->name) != 0)
			continue;
		if (*text != '\0')
			strlcat(text, " ", size);
		strlcat(text, l->address, size);
	}
}

static void
add_service(
    struct table *t, const struct reply *r, const struct answer_service *s)
{
	char text[1024];

	table_add(t, s->name);
	table_add(t, s->state);
	table_add_number(t, s->live);
	table_add_number(t, s->max_sessions);
	table_add_number(t, s->accepted);
	table_add_number(t, s->refused);
	table_add_number(t, s->failed);
	list_addresses(r, s, text, sizeof(text));
	table_add(t, text);
}

/* "NAME refused: REASON N, REASON N", of those that happened. */
static void
show_refusals(const struct reply *r, const struct answer_service *s, FILE *out)
{
	const struct reply_record *at = reply_find(r->first, ANSWER_COUNT);
	const struct answer_count *c;
	bool any = false;

	for (; at != NULL; at = reply_find(at->next, ANSWER_COUNT)) {
		c = at->data;
		if (c->service == NULL || c->kind == NULL || c->name == NULL ||
		    strcmp(c->service, s->name) != 0 ||
		    strcmp(c->kind, "refused") != 0 || c->value <= 0)
			continue;
		if (any)
			fputs(", ", out);
		else {
			format_put(s->name, out);
			fputs(": refused: ", out);
		}
		any = true;
		format_put(c->name, out);
		fprintf(out, " %" PRId64, c->value);
	}
	if (any)
		fputc('\n', out);
}

static void
show_reason(const struct answer_service *s, FILE *out)
{
	if (s->reason == NULL)
		return;
	format_put(s->name, out);
	fputs(": ", out);
	format_put(s->state != NULL ? s->state : "?", out);
	fputs(": ", out);
	format_put(s->reason, out);
	fputc('\n', out);
}

static void
show_services(const struct reply *r, FILE *out)
{
	static const struct table_column columns[] = {
		{ "SERVICE", TABLE_LEFT },
		{ "STATE", TABLE_LEFT },
		{ "LIVE", TABLE_RIGHT },
		{ "LIMIT", TABLE_RIGHT },
		{ "ACCEPTED", TABLE_RIGHT },
		{ "REFUSED", TABLE_RIGHT },
		{ "FAILED", TABLE_RIGHT },
		{ "LISTENERS", TABLE_LEFT },
	};
	const struct reply_record *first = reply_find(r->first, ANSWER_SERVICE),
				  *at;
	const struct answer_service *s;
	struct table t;

	if (first == NULL)
		return;
	table_begin(&t, columns, sizeof(columns) / sizeof(columns[0]));
	for (at = first; at != NULL; at = reply_find(at->next, ANSWER_SERVICE))
		add_service(&t, r, at->data);
	fputc('\n', out);
	table_print(&t, out);
	table_free(&t);
	for (at = first; at != NULL;
	     at = reply_find(at->next, ANSWER_SERVICE)) {
		s = at->data;
		if (s->name == NULL)
			continue;
		show_reason(s, out);
		show_refusals(r, s, out);
	}
}

static void
show_certificates(const struct reply *r, int64_t now, FILE *out)
{
	const struct reply_record *at =
	    reply_find(r->first, ANSWER_CERTIFICATE);
	const struct answer_certificate *c;
	char text[FORMAT_MAX];
	int64_t days;

	for (; at != NULL; at = reply_find(at->next, ANSWER_CERTIFICATE)) {
		c = at->data;
		days = (c->expires - now) / 86400;
		fputs("certificate ", out);
		format_put(c->file != NULL ? c->file : "-", out);
		if (c->service != NULL) {
			fputs(" of ", out);
			format_put(c->service, out);
		}
		if (c->expires == -1)
			fputs(": unknown expiry\n", out);
		else if (c->expires <= now)
			fprintf(out, ": WARNING: expired at %s\n",
			    format_time(c->expires, text));
		else
			fprintf(out, ": %s%" PRId64 " days left\n",
			    days < CERTIFICATE_DAYS ? "WARNING: " : "", days);
	}
}

void
status_show(const struct reply *r, FILE *out)
{
	const struct reply_record *at = reply_find(r->first, ANSWER_HAILD);
	const struct answer_haild *h;

	if (at == NULL)
		return;
	h = at->data;
	status_show_haild(h, out);
	if (h->services != -1)
		fprintf(out, ", services %" PRId64, h->services);
	if (h->out > 0)
		fprintf(out, ", out of service %" PRId64, h->out);
	fputc('\n', out);
	if ((at = reply_find(r->first, ANSWER_DAEMON)) != NULL)
		show_daemon(at->data, out);
	show_services(r, out);
	show_certificates(r, h->now, out);
}
