#include "ctl/sessions.h"

#include <stdint.h>

#include "ctl/format.h"

#define NCOLUMNS(columns) (sizeof(columns) / sizeof((columns)[0]))

void
sessions_begin(struct table *t)
{
	static const struct table_column columns[] = {
		{ "ID", TABLE_RIGHT },
		{ "SERVICE", TABLE_LEFT },
		{ "CLIENT", TABLE_LEFT },
		{ "IDENTITY", TABLE_LEFT },
		{ "USER", TABLE_LEFT },
		{ "PID", TABLE_RIGHT },
		{ "AGE", TABLE_RIGHT },
		{ "STATE", TABLE_LEFT },
		{ "DEADLINE", TABLE_RIGHT },
		{ "IN", TABLE_RIGHT },
		{ "OUT", TABLE_RIGHT },
		{ "COMMAND", TABLE_LEFT },
	};

	table_begin(t, columns, NCOLUMNS(columns));
}

void
sessions_add(struct table *t, const struct answer_session *s)
{
	char text[FORMAT_MAX];

	table_add_number(t, s->id);
	table_add(t, s->service);
	table_add(t, s->client);
	table_add(t, s->identity);
	table_add(t, s->user);
	table_add_number(t, s->pid);
	table_add(t, format_duration(s->age, text));
	table_add(t, s->state);
	table_add(t, format_duration(s->deadline, text));
	table_add(t, format_bytes(s->bytes_in, text));
	table_add(t, format_bytes(s->bytes_out, text));
	table_add(t, s->command);
}

void
sessions_show(const struct reply *r, FILE *out)
{
	const struct reply_record *at = r->first;
	struct table t;

	sessions_begin(&t);
	while ((at = reply_find(at, ANSWER_SESSION)) != NULL) {
		sessions_add(&t, at->data);
		at = at->next;
	}
	table_print(&t, out);
	table_free(&t);
}

void
sessions_show_sources(const struct reply *r, FILE *out)
{
	static const struct table_column columns[] = {
		{ "SERVICE", TABLE_LEFT },
		{ "SOURCE", TABLE_LEFT },
		{ "SESSIONS", TABLE_RIGHT },
		{ "LIMIT", TABLE_RIGHT },
		{ "LIMITED", TABLE_LEFT },
		{ "UNTIL", TABLE_RIGHT },
	};
	const struct reply_record *at = r->first;
	const struct answer_source *s;
	char text[FORMAT_MAX];
	struct table t;

	table_begin(&t, columns, NCOLUMNS(columns));
	while ((at = reply_find(at, ANSWER_SOURCE)) != NULL) {
		s = at->data;
		table_add(&t, s->service != NULL ? s->service : "(all)");
		table_add(&t, s->source);
		table_add_number(&t, s->sessions);
		table_add_number(&t, s->max_sessions);
		table_add(&t, s->limited ? "yes" : "no");
		table_add(&t, format_duration(s->until, text));
		at = at->next;
	}
	table_print(&t, out);
	table_free(&t);
}
