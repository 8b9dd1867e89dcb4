#include "haild/control/writer.h"

#include <stdarg.h>
#include <stdio.h>

void
control_say(const struct control_writer *w, const char *fmt, ...)
{
	char text[1024];
	const struct answer_message message = { text };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	record_write(w->out, &answer_format.kinds[ANSWER_MESSAGE], &message);
}
