#include "tls/check/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"

#define FILE_MAX ((off_t)16 << 20) /* revocation lists can be large */

/* Returns the number of bytes, or -1 with errno. */
static ssize_t
read_all(int fd, unsigned char *buf, size_t size)
{
	size_t used = 0;
	ssize_t n;

	while (used < size && (n = io_read(fd, buf + used, size - used)) != 0) {
		if (n == -1)
			return -1;
		used += (size_t)n;
	}
	return (ssize_t)used;
}

static int
read_open_file(struct report *r, int fd, gnutls_datum_t *data, struct stat *st)
{
	ssize_t n;

	if (fstat(fd, st) == -1)
		report_error(r, "%s", strerror(errno));
	else if (!S_ISREG(st->st_mode))
		report_error(r, "is not a regular file");
	else if (st->st_size == 0)
		report_error(r, "is empty");
	else if (st->st_size > FILE_MAX)
		report_error(r, "is larger than 16 MB");
	else if ((data->data = malloc((size_t)st->st_size + 1)) == NULL)
		report_error(r, "%s", strerror(errno));
	else if ((n = read_all(fd, data->data, (size_t)st->st_size)) == -1) {
		report_error(r, "%s", strerror(errno));
		free(data->data);
	} else {
		data->size = (unsigned int)n;
		data->data[n] = '\0';
		return 0;
	}
	return -1;
}

int
check_file_read(struct report *r, gnutls_datum_t *data, struct stat *st)
{
	/* A FIFO must not block. */
	int fd = open(r->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int result;

	if (fd == -1) {
		report_error(r, "%s", strerror(errno));
		return -1;
	}
	result = read_open_file(r, fd, data, st);
	close(fd);
	return result;
}

void
check_file_free(gnutls_datum_t *data)
{
	if (data->data != NULL)
		explicit_bzero(data->data, data->size);
	free(data->data);
	*data = (gnutls_datum_t) { NULL, 0 };
}

bool
check_file_has_pem(const gnutls_datum_t *data, const char *label)
{
	char text[64];
	size_t len = (size_t)snprintf(text, sizeof(text), "%s-----", label);
	const char *p = (const char *)data->data, *end = p + data->size, *line;

	while ((p = memmem(p, (size_t)(end - p), "-----BEGIN ", 11)) != NULL) {
		p += 11;
		line = memchr(p, '\n', (size_t)(end - p));
		if (memmem(p, (size_t)((line != NULL ? line : end) - p), text,
			len) != NULL)
			return true;
	}
	return false;
}
