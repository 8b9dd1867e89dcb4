#include "haild/takeover/proof_output.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/fds.h"
#include "lib/log.h"

#define OUTPUT_MAX 4096 /* bytes that are kept */

int
proof_output_make(void)
{
	int fd = fds_memory("haild proof");

	if (fd != -1 && ftruncate(fd, OUTPUT_MAX) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) == 0)
		return fd;
	log_warn("upgrade: cannot store the output of the new program");
	if (fd != -1)
		close(fd);
	return 0;
}

/* LINE without the names that haild puts before its messages. */
static const char *
skip_names(const char *line)
{
	static const char *const names[] = { "haild: ", "upgrade: " };
	size_t i;

	for (i = 0; i < 2; i++)
		if (strncmp(line, names[i], strlen(names[i])) == 0)
			line += strlen(names[i]);
	return line;
}

void
proof_output_log(int fd)
{
	char text[OUTPUT_MAX + 1], *rest = text, *line;
	ssize_t n = fd > 0 ? pread(fd, text, OUTPUT_MAX, 0) : 0;

	text[n > 0 ? n : 0] = '\0';
	while ((line = strsep(&rest, "\n")) != NULL)
		if (*line != '\0')
			log_errx("upgrade: %s", skip_names(line));
}
