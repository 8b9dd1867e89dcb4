#include "load/text/syntax.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "load/text/tokens.h"

#define DEPTH_MAX 32
#define NAMES_MAX 4096 /* in open groups; further ones are not compared */

/* What is open: the file, a group, an array or a list. */
struct frame {
	char open;	   /* '\0', '{', '[' or '(' */
	struct token name; /* of the setting */
	int line;
	enum kind element; /* of an array: the kind of its first value */
	size_t first_name; /* of a group: in names[] */
};

enum state { SETTING, VALUE, NEXT };

struct syntax {
	struct tokens tokens;
	const char *file;
	int duplicate;
	struct mistake *m;
	struct frame frames[DEPTH_MAX];
	size_t depth; /* of the innermost frame */
	struct token names[NAMES_MAX];
	size_t nnames;
	struct token name; /* of the setting that is read */
};

/* --- mistakes --- */

static bool mistake(struct syntax *s, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Returns true. */
static bool
mistake(struct syntax *s, int line, const char *fmt, ...)
{
	va_list ap;

	s->m->line = line;
	va_start(ap, fmt);
	vsnprintf(s->m->text, sizeof(s->m->text), fmt, ap);
	va_end(ap);
	return true;
}

/* For "%.*s": long ones are cut. */
#define TEXT(t) ((int)((t)->len < 60 ? (t)->len : 60)), (t)->at

/* T does not fit.  A string that took too much is the more likely cause. */
static bool
unexpected(struct syntax *s, const struct token *t, const char *what)
{
	if (s->tokens.string.at != NULL)
		return mistake(s, s->tokens.string.line,
		    "the string that begins here ends in line %d: is a quote "
		    "missing?",
		    s->tokens.string.last);
	if (t->kind == END)
		return mistake(
		    s, t->line, "the file ends where %s is expected", what);
	return mistake(s, t->line, "%s%.*s%s where %s is expected",
	    t->kind == STRING ? "" : "\"", TEXT(t),
	    t->kind == STRING ? "" : "\"", what);
}

static bool
not_closed(struct syntax *s)
{
	const struct frame *f = &s->frames[s->depth];
	char close = (char)(f->open == '{' ? '}' : f->open == '[' ? ']' : ')');

	if (s->tokens.string.at != NULL)
		return unexpected(s, &s->tokens.string, "");
	return mistake(s, f->line, "the \"%c\" of \"%.*s\" has no \"%c\"",
	    f->open, TEXT(&f->name), close);
}

static bool
no_separator(struct syntax *s, const struct token *t)
{
	if (token_is(t, '{') || token_is(t, '('))
		return mistake(s, t->line,
		    "\":\" is missing between \"%.*s\" and "
		    "\"%c\"",
		    TEXT(&s->name), t->at[0]);
	if (t->kind == END || token_is(t, '}') || token_is(t, ';') ||
	    token_is(t, ','))
		return mistake(
		    s, s->name.line, "\"%.*s\" has no value", TEXT(&s->name));
	if (s->tokens.string.at != NULL)
		return unexpected(s, t, "");
	return mistake(s, t->line,
	    "\"=\" is missing between \"%.*s\" and %s%.*s%s", TEXT(&s->name),
	    t->kind == STRING ? "" : "\"", TEXT(t),
	    t->kind == STRING ? "" : "\"");
}

static bool
no_value(struct syntax *s, const struct token *t)
{
	if (t->kind == WORD)
		return mistake(s, t->line,
		    "\"%.*s\": the value %.*s must be in quotes",
		    TEXT(&s->name), TEXT(t));
	if (t->kind == END && s->frames[s->depth].open != '\0' &&
	    s->frames[s->depth].open != '{')
		return not_closed(s);
	if (t->kind == END || strchr("};", t->at[0]) != NULL)
		return mistake(
		    s, s->name.line, "\"%.*s\" has no value", TEXT(&s->name));
	return unexpected(s, t, "a value");
}

/* T begins a setting where none may be, or closes what is not open. */
static bool
no_setting(struct syntax *s, const struct token *t)
{
	if (t->kind == STRING && s->tokens.string.at == NULL)
		return mistake(s, t->line,
		    "%.*s where the name of a setting is expected: names are "
		    "written without quotes",
		    TEXT(t));
	if (token_is(t, '}') && s->tokens.string.at == NULL)
		return mistake(s, t->line, "there is no \"{\" for this \"}\"");
	return unexpected(s, t, "the name of a setting");
}

/* --- the grammar --- */

/* Returns whether it is there already. */
static bool
add_name(struct syntax *s, const struct token *t)
{
	const struct token *o;
	size_t i;

	for (i = s->frames[s->depth].first_name;
	     t->line == s->duplicate && i < s->nnames; i++) {
		o = &s->names[i];
		if (o->len != t->len || strncmp(o->at, t->at, t->len) != 0)
			continue;
		return mistake(s, t->line,
		    s->depth == 0 ? "\"%.*s\" already exists at %s:%d"
				  : "\"%.*s\" is already set at %s:%d",
		    TEXT(t), s->file, o->line);
	}
	if (s->nnames < NAMES_MAX)
		s->names[s->nnames++] = *t;
	return false;
}

static bool
push(struct syntax *s, const struct token *t)
{
	if (s->depth + 1 == DEPTH_MAX)
		return mistake(
		    s, t->line, "more than %d levels of brackets", DEPTH_MAX);
	s->frames[++s->depth] = (struct frame) { .open = t->at[0],
		.name = s->name,
		.line = t->line,
		.first_name = s->nnames };
	return false;
}

static enum state
pop(struct syntax *s)
{
	s->nnames = s->frames[s->depth].first_name;
	s->name = s->frames[s->depth].name;
	s->depth--;
	return s->frames[s->depth].open == '[' ||
		s->frames[s->depth].open == '('
	    ? NEXT
	    : SETTING;
}

/* A setting's name and separator.  Returns true after a mistake. */
static bool
read_setting(struct syntax *s, enum state *state)
{
	struct token t = token_next(&s->tokens, false);

	if (token_is(&t, ';') || token_is(&t, ','))
		return false;
	if (token_is(&t, '}') && s->depth > 0) {
		*state = pop(s);
		return false;
	}
	if (t.kind == END && s->depth > 0)
		return not_closed(s);
	if (t.kind != NAME)
		return no_setting(s, &t);
	s->name = t;
	if (add_name(s, &t))
		return true;
	t = token_next(&s->tokens, false);
	if (!token_is(&t, ':') && !token_is(&t, '='))
		return no_separator(s, &t);
	*state = VALUE;
	return false;
}

static bool
is_close(const struct frame *f, const struct token *t)
{
	return (f->open == '[' && token_is(t, ']')) ||
	    (f->open == '(' && token_is(t, ')'));
}

static bool
read_value(struct syntax *s, enum state *state)
{
	struct frame *f = &s->frames[s->depth];
	struct token t = token_next(&s->tokens, true);

	if (is_close(f, &t)) {
		*state = pop(s);
		return false;
	}
	if (f->open != '[' && t.kind == MARK &&
	    strchr("{[(", t.at[0]) != NULL) {
		*state = t.at[0] == '{' ? SETTING : VALUE;
		return push(s, &t);
	}
	if (t.kind != STRING && t.kind != NUMBER && t.kind != BOOLEAN)
		return no_value(s, &t);
	if (f->open == '[' && f->element != END && f->element != t.kind)
		return mistake(s, t.line,
		    "\"%.*s\": %.*s is of another type than the value before "
		    "it",
		    TEXT(&s->name), TEXT(&t));
	f->element = t.kind;
	/* Strings side by side are one. */
	for (token_skip_blanks(&s->tokens);
	     t.kind == STRING && *s->tokens.at == '"';
	     token_skip_blanks(&s->tokens))
		token_next(&s->tokens, true);
	*state = f->open == '[' || f->open == '(' ? NEXT : SETTING;
	return false;
}

/* A comma, or the end of an array or list. */
static bool
read_next(struct syntax *s, enum state *state)
{
	struct frame *f = &s->frames[s->depth];
	struct token t = token_next(&s->tokens, false);

	if (is_close(f, &t))
		*state = pop(s);
	else if (token_is(&t, ','))
		*state = VALUE;
	else if (t.kind == WORD || t.kind == NUMBER)
		return unexpected(s, &t,
		    f->open == '[' ? "\",\" or \"]\"" : "\",\" or \")\"");
	else
		return not_closed(s);
	return false;
}

bool
syntax_find(
    const char *text, const char *file, int duplicate, struct mistake *m)
{
	struct syntax s = { .tokens = { .at = text, .line = 1 },
		.file = file,
		.duplicate = duplicate,
		.m = m };
	static bool (*const readers[])(struct syntax *, enum state *) = {
		[SETTING] = read_setting,
		[VALUE] = read_value,
		[NEXT] = read_next,
	};
	enum state state = SETTING;

	for (;;) {
		token_skip_blanks(&s.tokens);
		if (*s.tokens.at == '\0' && state == SETTING && s.depth == 0)
			return false;
		if (readers[state](&s, &state))
			return true;
	}
}

/* --- going on --- */

/* Whether the line at P begins a service or (GROUP false) any setting. */
static bool
is_start(const char *p, bool group)
{
	size_t n = strspn(p, TOKEN_NAME_CHARS);

	if (n == 0 || !isalpha((unsigned char)*p))
		return false;
	p += n;
	p += strspn(p, " \t");
	if (*p != ':' && *p != '=')
		return *p == '{';
	p += 1 + strspn(p + 1, " \t");
	return (*p == '{') == group;
}

bool
syntax_blank(char *text, int line)
{
	char *p, *next, *from = text;
	bool whole = false, passed = false;
	int n = 1;

	for (p = text; *p != '\0'; p = next, n++) {
		next = strchrnul(p, '\n');
		next += *next == '\n';
		passed = n > line;
		if (is_start(p, true)) {
			if (passed)
				break;
			from = p;
			whole = true;
		} else if (is_start(p, false))
			whole = false;
	}
	for (; from < p; from++)
		if (*from != '\n')
			*from = ' ';
	return whole;
}
