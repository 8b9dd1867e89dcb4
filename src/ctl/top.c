#include "ctl/top.h"

#include <err.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl/client.h"
#include "ctl/format.h"
#include "ctl/sessions.h"
#include "ctl/status.h"
#include "ctl/table.h"
#include "ctl/terminal.h"
#include "ctl/top_columns.h"
#include "lib/io.h"

/* What rates are made of: counts since the start of haild. */
struct totals {
	int64_t at;  /* clock_now */
	int64_t pid; /* of haild; 0: not known */
	int64_t accepted, refused;
};

struct top {
	const struct invocation *v;
	size_t order; /* index in top_columns */
	bool reversed, is_terminal;
	struct totals last, now;
	struct reply status, sessions;
	char error[2048]; /* why nothing is shown, or empty */
};

static int
compare(const void *a, const void *b, void *arg)
{
	const struct answer_session *const *x = a, *const *y = b;
	const struct top *t = arg;
	int n = top_columns[t->order].compare(*x, *y);

	if (t->reversed)
		n = -n;
	return n != 0 ? n : (*x)->id < (*y)->id ? -1 : 1;
}

/* --- asking --- */

static bool
ask(struct top *t, enum control_command command, struct reply *r)
{
	struct control_request request = { .command = command };
	const struct reply_record *at;
	char error[1024];

	reply_free(r);
	reply_begin(r);
	r->status = client_ask(t->v->socket, &request, t->v->timeout,
	    reply_take, r, error, sizeof(error));
	*t->error = '\0';
	if (*error != '\0')
		snprintf(t->error, sizeof(t->error), "no answer: %s", error);
	else if (r->status != CONTROL_OK &&
	    (at = reply_find(r->first, ANSWER_MESSAGE)) != NULL)
		snprintf(t->error, sizeof(t->error), "haild refused: %s",
		    reply_text(at));
	return r->status == CONTROL_OK;
}

static int64_t
add(int64_t sum, int64_t n)
{
	return n > 0 && sum <= INT64_MAX - n ? sum + n : sum;
}

static void
count(struct top *t)
{
	const struct reply_record *at =
	    reply_find(t->status.first, ANSWER_HAILD);
	const struct answer_service *s;

	t->last = t->now;
	t->now = (struct totals) { .at = clock_now() };
	if (at == NULL)
		return;
	t->now.pid = ((const struct answer_haild *)at->data)->pid;
	at = t->status.first;
	while ((at = reply_find(at, ANSWER_SERVICE)) != NULL) {
		s = at->data;
		t->now.accepted = add(t->now.accepted, s->accepted);
		t->now.refused = add(t->now.refused, s->refused);
		at = at->next;
	}
}

static enum control_status
refresh(struct top *t)
{
	bool good = ask(t, CONTROL_STATUS, &t->status) &&
	    ask(t, CONTROL_SESSIONS, &t->sessions);

	count(t);
	return good			     ? CONTROL_OK
	    : t->status.status != CONTROL_OK ? t->status.status
					     : t->sessions.status;
}

/* --- showing --- */

/* FROM before and TO now, a second; unknown if haild was started in between. */
static void
show_rate(
    const struct top *t, const char *name, int64_t from, int64_t to, FILE *out)
{
	int64_t elapsed = t->now.at - t->last.at;

	if (t->last.pid <= 0 || t->last.pid != t->now.pid || to < from ||
	    elapsed <= 0)
		fprintf(out, "%s -/s", name);
	else
		fprintf(out, "%s %.1f/s", name,
		    (double)(to - from) * (double)SECOND / (double)elapsed);
}

static void
show_header(const struct top *t, FILE *out)
{
	const struct reply_record *at =
	    reply_find(t->status.first, ANSWER_HAILD);

	if (at != NULL)
		status_show_haild(at->data, out);
	fputc('\n', out);
	show_rate(t, "accepted", t->last.accepted, t->now.accepted, out);
	show_rate(t, ", refused", t->last.refused, t->now.refused, out);
	fprintf(out, "; sorted by %s%s\n", top_columns[t->order].name,
	    t->reversed ? " (reversed)" : "");
}

static void
show_sessions(struct top *t, FILE *out)
{
	const void **list = NULL; /* struct answer_session */
	const struct reply_record *at;
	struct table table;
	size_t n = 0, i;

	for (at = reply_find(t->sessions.first, ANSWER_SESSION); at != NULL;
	     at = reply_find(at->next, ANSWER_SESSION))
		n++;
	if (n > 0 && (list = reallocarray(NULL, n, sizeof(*list))) == NULL)
		err(CONTROL_FAILED, NULL);
	for (i = 0, at = t->sessions.first; i < n; at = at->next)
		if (at->kind == ANSWER_SESSION)
			list[i++] = at->data;
	if (n > 0)
		qsort_r(list, n, sizeof(*list), compare, t);
	sessions_begin(&table);
	for (i = 0; i < n; i++)
		sessions_add(&table, list[i]);
	table_print(&table, out);
	table_free(&table);
	free(list);
}

static void
show_keys(FILE *out)
{
	size_t i;

	/* The most important first: a narrow terminal cuts the line. */
	fputs("keys: q quit, r reverse", out);
	for (i = 0; i < TOP_COLUMNS; i++)
		fprintf(
		    out, ", %c %s", top_columns[i].key, top_columns[i].name);
	fputs(", space refresh\n", out);
}

/* All of it, allocated. */
static char *
compose(struct top *t)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		err(CONTROL_FAILED, NULL);
	if (*t->error != '\0') {
		format_put(t->error, out);
		fputc('\n', out);
	} else {
		show_header(t, out);
		if (t->is_terminal)
			show_keys(out);
		fputc('\n', out);
		show_sessions(t, out);
	}
	if (fclose(out) == EOF)
		err(CONTROL_FAILED, NULL);
	return text;
}

static void
draw(struct top *t)
{
	char *text = compose(t);

	if (t->is_terminal)
		terminal_draw(text);
	else {
		fputs(text, stdout);
		if (fflush(stdout) == EOF)
			err(CONTROL_FAILED, "cannot write to standard output");
	}
	free(text);
}

/* --- running --- */

/* Do what KEY says.  Returns false to refresh now. */
static bool
press(struct top *t, char key)
{
	size_t i;

	for (i = 0; i < TOP_COLUMNS; i++)
		if (top_columns[i].key == key)
			t->order = i;
	if (key == 'r')
		t->reversed = !t->reversed;
	draw(t);
	return key != ' ';
}

/* Until the next refresh.  Returns false to end. */
static bool
wait_for(struct top *t, int64_t deadline)
{
	char key;

	for (;;)
		switch (terminal_wait(deadline, &key)) {
		case TERMINAL_TIMEOUT:
			return true;
		case TERMINAL_END:
			return false;
		case TERMINAL_REDRAW:
			draw(t);
			break;
		case TERMINAL_KEY:
			if (key == 'q')
				return false;
			if (!press(t, key))
				return true;
			break;
		}
}

static void
pause_for(int64_t ns)
{
	const struct timespec ts = { ns / SECOND, ns % SECOND };

	nanosleep(&ts, NULL);
}

static enum control_status
run(struct top *t)
{
	enum control_status status;
	int64_t shown = 0;

	for (;;) {
		status = refresh(t);
		if (shown > 0 && !t->is_terminal)
			putchar('\n');
		draw(t);
		if (++shown == t->v->count)
			return status;
		if (!t->is_terminal)
			pause_for(t->v->delay);
		else if (!wait_for(t, clock_now() + t->v->delay))
			return CONTROL_OK;
	}
}

static bool
find_column(struct top *t, const char *name)
{
	for (t->order = 0; t->order < TOP_COLUMNS; t->order++)
		if (strcmp(top_columns[t->order].name, name) == 0)
			return true;
	return false;
}

enum control_status
top_run(const struct invocation *v)
{
	struct top t = { .v = v, .is_terminal = terminal_is_usable() };
	enum control_status status;

	if (v->sort != NULL && !find_column(&t, v->sort)) {
		warnx(
		    "unknown column \"%s\"; use age, bytes, "
		    "client, id, service or user",
		    v->sort);
		return CONTROL_USAGE;
	}
	if (!t.is_terminal && v->count == 0) {
		warnx("\"top\" needs a terminal; use -n for plain text");
		return CONTROL_USAGE;
	}
	reply_begin(&t.status);
	reply_begin(&t.sessions);
	if (t.is_terminal && terminal_begin() == -1)
		err(CONTROL_FAILED, "cannot change the terminal");
	status = run(&t);
	reply_free(&t.status);
	reply_free(&t.sessions);
	if (t.is_terminal)
		terminal_end();
	return status;
}
