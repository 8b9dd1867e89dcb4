#include "ctl/explain.h"

#include <err.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/escape.h"
#include "lib/number.h"

/* --- arguments --- */

static enum control_status __attribute__((format(printf, 3, 4)))
wrong(char *error, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(error, size, fmt, ap);
	va_end(ap);
	return CONTROL_USAGE;
}

/* The groups that USER has when it logs in. */
static enum control_status
find_groups(struct control_request *r, const struct passwd *user, char *error,
    size_t size)
{
	gid_t list[CONTROL_GROUPS_MAX];
	int n = CONTROL_GROUPS_MAX, i;

	if (getgrouplist(user->pw_name, user->pw_gid, list, &n) == -1)
		return wrong(error, size, "user \"%s\" has more than %d groups",
		    user->pw_name, CONTROL_GROUPS_MAX);
	r->gids[r->ngids++] = user->pw_gid;
	for (i = 0; i < n && r->ngids < CONTROL_GROUPS_MAX; i++)
		if (list[i] != user->pw_gid)
			r->gids[r->ngids++] = list[i];
	return CONTROL_OK;
}

/* TEXT is a uid, or the name of a user. */
static enum control_status
set_user(struct control_request *r, const char *text, char *error, size_t size)
{
	const struct passwd *user;
	int64_t n;

	if (number_parse(text, 0, UINT32_MAX - 1, &n))
		user = getpwuid((uid_t)n);
	else if ((user = getpwnam(text)) == NULL)
		return wrong(error, size, "there is no user \"%s\"", text);
	else
		n = user->pw_uid;
	r->has_uid = true;
	r->uid = (uid_t)n;
	r->ngids = 0;
	return user == NULL ? CONTROL_OK : find_groups(r, user, error, size);
}

/*
 * Options may stand before SERVICE, before ADDRESS and after it; then come the
 * words of the command, which may look like options.
 */
enum control_status
explain_parse(
    struct explain_options *o, int argc, char **argv, char *error, size_t size)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "identity", required_argument, NULL, 'i' },
		{ "uid", required_argument, NULL, 'u' },
		{ NULL, 0, NULL, 0 },
	};
	struct control_request *r = &o->request;
	const char **operands[] = { &r->service, &r->address };
	enum control_status status = CONTROL_OK;
	size_t n = 0;
	int c;

	memset(o, 0, sizeof(*o));
	r->command = CONTROL_EXPLAIN;
	optind = 0; /* begin anew: this is another list */
	opterr = 0;
	while (status == CONTROL_OK &&
	    ((c = getopt_long(argc, argv, "+c:", options, NULL)) != -1 ||
		(n < 2 && optind < argc))) {
		if (c == -1)
			*operands[n++] = argv[optind++];
		else if (c == 'c')
			o->file = optarg;
		else if (c == 'i')
			r->identity = optarg;
		else if (c == 'u')
			status = set_user(r, optarg, error, size);
		else
			status = wrong(error, size,
			    "explain: invalid option, or one without a value");
	}
	if (status == CONTROL_OK && n < 2)
		status = wrong(error, size,
		    "explain needs a service and the client's address");
	if (status == CONTROL_OK && argc - optind > CONTROL_WORDS_MAX)
		status = wrong(error, size, "explain: more than %d words",
		    CONTROL_WORDS_MAX);
	while (status == CONTROL_OK && optind < argc)
		r->words[r->nwords++] = argv[optind++];
	return status;
}

/* --- the answer --- */

static const char *
copy(const char *text)
{
	char *new;

	if (text == NULL)
		return NULL;
	if ((new = strdup(text)) == NULL)
		err(CONTROL_FAILED, NULL);
	return new;
}

void
explain_take(void *arg, enum answer_kind kind, const void *record)
{
	struct explanation *x = arg;
	const struct answer_fact *fact = record;
	char text[1024];
	const char *said;

	if (kind == ANSWER_MESSAGE) {
		said = ((const struct answer_message *)record)->text;
		escape_append(text, 0, sizeof(text), said == NULL ? "" : said,
		    said == NULL ? 0 : strlen(said));
		warnx("%s", text);
	}
	if (kind != ANSWER_FACT)
		return;
	x->facts = reallocarray(x->facts, x->n + 1, sizeof(*x->facts));
	if (x->facts == NULL)
		err(CONTROL_FAILED, NULL);
	x->facts[x->n++] = (struct answer_fact) { copy(fact->section),
		copy(fact->name), copy(fact->value), copy(fact->where) };
}

void
explain_free(struct explanation *x)
{
	size_t i;

	for (i = 0; i < x->n; i++) {
		free((char *)(uintptr_t)x->facts[i].section);
		free((char *)(uintptr_t)x->facts[i].name);
		free((char *)(uintptr_t)x->facts[i].value);
		free((char *)(uintptr_t)x->facts[i].where);
	}
	free(x->facts);
	*x = (struct explanation) { NULL, 0 };
}

/* TEXT, NULL for none, without bytes that a terminal would obey. */
static void
put(const char *text, FILE *out)
{
	size_t size = 4 * (text == NULL ? 0 : strlen(text)) + 1;
	char *escaped = malloc(size);

	if (escaped == NULL)
		err(CONTROL_FAILED, NULL);
	escape_append(
	    escaped, 0, size, text == NULL ? "" : text, (size - 1) / 4);
	fputs(escaped, out);
	free(escaped);
}

static bool
is_in(const struct answer_fact *f, const char *section)
{
	return f->section != NULL && f->name != NULL &&
	    strcmp(f->section, section) == 0;
}

static void
print_rule(const struct answer_fact *f, FILE *out)
{
	fputs(" (", out);
	put(f->name, out);
	if (f->value != NULL)
		fputc(' ', out);
	put(f->value, out);
	if (f->where != NULL)
		fputs(", ", out);
	put(f->where, out);
	fputc(')', out);
}

/* "refused: access (deny 192.0.2.0/24, /etc/haild/haild.conf:12)" */
static void
print_verdict(const struct explanation *x, FILE *out)
{
	const struct answer_fact *f = x->facts, *end = x->facts + x->n;

	for (; f < end && is_in(f, "verdict"); f++) {
		if (f > x->facts)
			fputs("; ", out);
		put(f->name, out);
		if (f->value != NULL)
			fputs(": ", out);
		put(f->value, out);
	}
	for (; f < end && is_in(f, "rule"); f++)
		print_rule(f, out);
	fputc('\n', out);
}

/* The longest name in the section that begins at F. */
static int
width_of(const struct answer_fact *f, const struct answer_fact *end)
{
	const char *section = f->section;
	size_t width = 0;

	for (; f < end && is_in(f, section); f++)
		if (strlen(f->name) > width)
			width = strlen(f->name);
	return width < 40 ? (int)width : 40;
}

void
explain_print(const struct explanation *x, FILE *out)
{
	const struct answer_fact *f = x->facts, *end = x->facts + x->n;
	const char *section = "";
	int width = 0, i;

	if (x->n == 0)
		return;
	print_verdict(x, out);
	for (; f < end; f++) {
		if (f->section == NULL || f->name == NULL ||
		    is_in(f, "verdict") || is_in(f, "rule"))
			continue;
		if (!is_in(f, section)) {
			section = f->section;
			width = width_of(f, end);
			fputc('\n', out);
			put(section, out);
			fputs(":\n", out);
		}
		fputc('\t', out);
		put(f->name, out);
		for (i = (int)strlen(f->name); i < width; i++)
			fputc(' ', out);
		fputs("  ", out);
		put(f->value, out);
		if (f->where != NULL)
			fputs(f->value != NULL ? " # " : "# ", out);
		put(f->where, out);
		fputc('\n', out);
	}
}
