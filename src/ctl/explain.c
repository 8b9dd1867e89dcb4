#include "ctl/explain.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>

#include "ctl/format.h"
#include "lib/number.h"

#define NAME_WIDTH_MAX 32

/* --- the user --- */

static bool
set_groups(struct control_request *r, const struct passwd *user, char *error,
    size_t size)
{
	gid_t list[CONTROL_GROUPS_MAX];
	int n = CONTROL_GROUPS_MAX, i;

	if (getgrouplist(user->pw_name, user->pw_gid, list, &n) == -1) {
		snprintf(error, size, "user \"%s\" has more than %d groups",
		    user->pw_name, CONTROL_GROUPS_MAX);
		return false;
	}
	/* The primary one first: it is a part of the list. */
	r->gids[r->ngids++] = user->pw_gid;
	for (i = 0; i < n; i++)
		if (list[i] != user->pw_gid)
			r->gids[r->ngids++] = list[i];
	return true;
}

bool
explain_set_user(
    struct control_request *r, const char *text, char *error, size_t size)
{
	const struct passwd *user;
	int64_t n;

	r->ngids = 0;
	if (number_parse(text, 0, UINT32_MAX - 1, &n))
		user = getpwuid((uid_t)n);
	else if ((user = getpwnam(text)) != NULL)
		n = user->pw_uid;
	else {
		snprintf(error, size, "user \"%s\" does not exist", text);
		return false;
	}
	r->has_uid = true;
	r->uid = (uid_t)n;
	return user == NULL || set_groups(r, user, error, size);
}

/* --- the answer --- */

static const struct answer_fact *
fact_of(const struct reply_record *at)
{
	return at == NULL ? NULL : at->data;
}

static const struct reply_record *
next_fact(const struct reply_record *at)
{
	return reply_find(at->next, ANSWER_FACT);
}

static bool
is_in(const struct reply_record *at, const char *section)
{
	const struct answer_fact *f = fact_of(at);

	return f != NULL && f->section != NULL &&
	    strcmp(f->section, section) == 0;
}

static void
put(const char *before, const char *text, FILE *out)
{
	if (text == NULL)
		return;
	fputs(before, out);
	format_put(text, out);
}

/*
 * "refused: access (deny 192.0.2.0/24, /etc/haild/haild.conf:12)".  Returns
 * what comes after the verdict.
 */
static const struct reply_record *
show_verdict(const struct reply_record *at, FILE *out)
{
	const char *before = "";

	for (; is_in(at, "verdict"); at = next_fact(at), before = "; ") {
		put(before, fact_of(at)->name, out);
		put(": ", fact_of(at)->value, out);
	}
	for (; is_in(at, "rule"); at = next_fact(at)) {
		put(" (", fact_of(at)->name, out);
		put(" ", fact_of(at)->value, out);
		put(", ", fact_of(at)->where, out);
		fputc(')', out);
	}
	fputc('\n', out);
	return at;
}

static int
name_width(const struct answer_fact *f)
{
	return f->name == NULL ? 0 : (int)strnlen(f->name, NAME_WIDTH_MAX);
}

/* A setting that is off by default; but timeouts are always shown. */
static bool
is_off(const struct answer_fact *f)
{
	static const char *const values[] = { "false", "0", "[]", "\"none\"",
		"\"no\"" };
	size_t i;

	if (f->value == NULL || f->where == NULL ||
	    strcmp(f->where, "default") != 0 ||
	    strcmp(f->section, "timeouts") == 0)
		return false;
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (strcmp(f->value, values[i]) == 0)
			return true;
	return false;
}

/* Returns the first fact after the section that begins at AT. */
static const struct reply_record *
show_section(const struct reply_record *at, FILE *out)
{
	const struct answer_fact *f = fact_of(at);
	const char *section = f->section;
	const struct reply_record *next;
	int width = -1;

	for (next = at; is_in(next, section); next = next_fact(next))
		if (!is_off(fact_of(next)) && name_width(fact_of(next)) > width)
			width = name_width(fact_of(next));
	if (width == -1)
		return next;
	put("\n", section, out);
	fputs(":\n", out);
	for (; at != next; at = next_fact(at)) {
		f = fact_of(at);
		if (is_off(f))
			continue;
		put("  ", f->name != NULL ? f->name : "", out);
		fprintf(out, "%*s", width - name_width(f) + 2, "");
		put("", f->value != NULL ? f->value : "-", out);
		put("  # ", f->where, out);
		fputc('\n', out);
	}
	return next;
}

void
explain_show(const struct reply *r, FILE *out)
{
	const struct reply_record *at = reply_find(r->first, ANSWER_FACT);

	if (at != NULL)
		at = show_verdict(at, out);
	while (at != NULL)
		at = fact_of(at)->section == NULL ? next_fact(at)
						  : show_section(at, out);
}
