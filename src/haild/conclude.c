#include "haild/conclude.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

#define LINE_COST 16 /* "message text=" and the newline */
#define BYTE_COST 4  /* of a byte that is escaped: \040 */

/* At most how many bytes the lines of TEXT have in an answer. */
static size_t
cost(const char *text, size_t len)
{
	size_t n = LINE_COST, i;

	for (i = 0; i < len; i++) {
		if (text[i] == '\n')
			n += LINE_COST;
		else if (isgraph((unsigned char)text[i]) && text[i] != '\\')
			n++;
		else
			n += BYTE_COST;
	}
	return n;
}

void
conclude_text(int errors, const char *outcome, char buf[CONCLUDE_TEXT_MAX])
{
	size_t need = strlen(outcome) + 1, n = 0,
	       spent = cost(outcome, strlen(outcome));
	ssize_t got = 0;
	const char *end;

	if (errors > 0 && need < CONCLUDE_TEXT_MAX)
		got = pread(errors, buf, CONCLUDE_TEXT_MAX - need, 0);
	while (
	    got > 0 && (end = memchr(buf + n, '\n', (size_t)got - n)) != NULL) {
		size_t len = (size_t)(end - buf) + 1 - n;

		spent += cost(buf + n, len);
		if (spent > CONCLUDE_COST)
			break;
		n += len;
	}
	strlcpy(buf + n, outcome, CONCLUDE_TEXT_MAX - n);
}

void
conclude(struct control *c, enum control_command command, int64_t until,
    enum control_status status, int *errors, const char *outcome)
{
	char text[CONCLUDE_TEXT_MAX];

	conclude_text(*errors, outcome, text);
	if (*errors > 0)
		close(*errors);
	*errors = 0;
	control_conclude(c, command, until, status, text);
}
