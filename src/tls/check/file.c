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

/* Check and read the file.  Returns NULL, or what is wrong with it. */
static const char *
read_open_file(int fd, gnutls_datum_t *data, struct stat *st)
{
	ssize_t n;

	if (fstat(fd, st) == -1)
		return strerror(errno);
	if (!S_ISREG(st->st_mode))
		return "is not a regular file";
	if (st->st_size == 0)
		return "is empty";
	if (st->st_size > FILE_MAX)
		return "is larger than 16 MB";
	data->size = (unsigned int)st->st_size;
	if ((data->data = malloc((size_t)data->size + 1)) == NULL ||
	    (n = read_all(fd, data->data, data->size)) == -1)
		return strerror(errno);
	data->size = (unsigned int)n;
	data->data[n] = '\0';
	return NULL;
}

int
check_file_read(struct report *r, gnutls_datum_t *data, struct stat *st)
{
	/* A FIFO must not block. */
	int fd = open(r->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int error = errno;
	const char *why;

	*data = (gnutls_datum_t) { NULL, 0 };
	why = fd == -1 ? strerror(error) : read_open_file(fd, data, st);
	if (fd != -1)
		close(fd);
	if (why == NULL)
		return 0;
	if (fd == -1 && error == EACCES && geteuid() != 0)
		report_denied(r, "%s", why);
	else
		report_error(r, "%s", why);
	check_file_free(data);
	return -1;
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
