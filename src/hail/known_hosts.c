#include "hail/known_hosts.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"

#define FILE_NAME "known_hosts"
#define FILE_SIZE_MAX 16777216

/* The buffer for a message. */
struct message_buffer {
	char *text;
	size_t size;
};

static int __attribute__((format(printf, 2, 3)))
fail(struct message_buffer err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err.text, err.size, fmt, ap);
	va_end(ap);
	return -1;
}

/* --- names and paths --- */

/* A daemon that calls hail, such as a monitoring system, may not set HOME. */
static const char *
get_home(void)
{
	const char *home = getenv("HOME");
	const struct passwd *user = home == NULL ? getpwuid(geteuid()) : NULL;

	return user != NULL ? user->pw_dir : home;
}

bool
known_hosts_path(char path[PATH_MAX], const char *file)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home;
	int n = -1;

	/* "All paths must be absolute", XDG Base Directory Specification. */
	if (config != NULL && config[0] == '/')
		n = snprintf(path, PATH_MAX, "%s/hail/%s", config, file);
	else if ((home = get_home()) != NULL && home[0] == '/')
		n = snprintf(path, PATH_MAX, "%s/.config/hail/%s", home, file);
	if (n >= 0 && n < PATH_MAX)
		return true;
	path[0] = '\0';
	return false;
}

void
known_hosts_name(
    char name[KNOWN_NAME_MAX], const char *host, const struct addr *addr)
{
	char text[ADDR_TEXT_MAX];
	struct addr numeric;
	char *p;

	if (addr_from_numeric(&numeric, host, 0) == 0)
		snprintf(name, KNOWN_NAME_MAX, "%s",
		    addr_print(addr, text, sizeof(text)));
	else
		snprintf(name, KNOWN_NAME_MAX, "%s:%u", host, addr_port(addr));
	for (p = name; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
}

/* --- reading --- */

static bool
is_writable_by_others(const struct stat *st)
{
	return (st->st_uid != 0 && st->st_uid != geteuid()) ||
	    (st->st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

/*
 * Check the directory of PATH: other users must not be able to replace the
 * file.
 */
static int
check_directory(const char *path, struct message_buffer err)
{
	char directory[PATH_MAX];
	struct stat st;

	strlcpy(directory, path, sizeof(directory));
	*strrchr(directory, '/') = '\0';
	if (stat(directory, &st) == -1)
		return fail(
		    err, "cannot stat %s: %s", directory, strerror(errno));
	if (is_writable_by_others(&st))
		return fail(err,
		    "other users can write to %s: check its owner and mode "
		    "(chmod 700)",
		    directory);
	return 0;
}

static int
check_file(int fd, const char *path, struct message_buffer err)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return fail(err, "cannot stat %s: %s", path, strerror(errno));
	if (is_writable_by_others(&st))
		return fail(err,
		    "other users can write to %s: check its owner and mode "
		    "(chmod 600)",
		    path);
	return 0;
}

/* Read FD from its beginning.  Returns the text, or NULL with errno. */
static char *
read_all(int fd)
{
	struct stat st;
	size_t len = 0;
	ssize_t n = 1;
	char *text;

	if (fstat(fd, &st) == -1)
		return NULL;
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_SIZE_MAX) {
		errno = S_ISREG(st.st_mode) ? EFBIG : EINVAL;
		return NULL;
	}
	if ((text = malloc((size_t)st.st_size + 1)) == NULL)
		return NULL;
	while (len < (size_t)st.st_size && n > 0) {
		n = io_read(fd, text + len, (size_t)st.st_size - len);
		len += n > 0 ? (size_t)n : 0;
	}
	if (n == -1) {
		free(text);
		return NULL;
	}
	text[len] = '\0';
	return text;
}

static int
read_from(struct known_hosts *k, int fd, struct message_buffer err)
{
	if (check_file(fd, k->path, err) == -1 ||
	    check_directory(k->path, err) == -1)
		return -1;
	if ((k->text = read_all(fd)) == NULL)
		return fail(
		    err, "cannot read %s: %s", k->path, strerror(errno));
	return 0;
}

int
known_hosts_read(struct known_hosts *k, bool needed, char *err, size_t size)
{
	int fd, result;

	k->text = NULL;
	if (!known_hosts_path(k->path, FILE_NAME))
		return 0;
	fd = open(k->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1 &&
	    (errno == ENOENT || errno == ENOTDIR ||
		(errno == EACCES && !needed)))
		return 0;
	if (fd == -1)
		return fail((struct message_buffer) { err, size },
		    "cannot open %s: %s", k->path, strerror(errno));
	result = read_from(k, fd, (struct message_buffer) { err, size });
	close(fd);
	return result;
}

/* Whether LINE is for NAME.  *REST gets the text after the name. */
static bool
has_name(const char *line, const char *name, const char **rest)
{
	size_t n = strlen(name);

	line += strspn(line, " \t");
	*rest = line + n;
	return strncasecmp(line, name, n) == 0 && strchr(" \t\r\n", line[n]);
}

/* Read the pin at the beginning of TEXT, a part of a line. */
static bool
take_pin(char pin[PIN_SIZE], const char *text)
{
	size_t n;

	text += strspn(text, " \t");
	n = strcspn(text, " \t\r\n");
	if (n != PIN_SIZE - 1)
		return false;
	memcpy(pin, text, n);
	pin[n] = '\0';
	return pin_is_valid(pin);
}

int
known_hosts_find(const struct known_hosts *k, const char *name,
    struct known_key keys[KNOWN_KEYS_MAX], char *err, size_t size)
{
	const char *line = k->text, *rest;
	unsigned int number = 1;
	int n = 0;

	for (; line != NULL && n < KNOWN_KEYS_MAX; number++) {
		if (has_name(line, name, &rest)) {
			keys[n].line = number;
			if (!take_pin(keys[n].pin, rest))
				return fail(
				    (struct message_buffer) { err, size },
				    "%s:%u: no pin after \"%s\"", k->path,
				    number, name);
			n++;
		}
		if ((line = strchr(line, '\n')) != NULL)
			line++;
	}
	return n;
}

/* --- adding --- */

/* Create ~/.config, then ~/.config/hail. */
int
known_hosts_make_directory(const char *path, char *err, size_t size)
{
	char directory[PATH_MAX];
	char *end;
	int parent;

	for (parent = 1; parent >= 0; parent--) {
		strlcpy(directory, path, sizeof(directory));
		*strrchr(directory, '/') = '\0';
		if (parent && (end = strrchr(directory, '/')) != NULL &&
		    end != directory)
			*end = '\0';
		if (mkdir(directory, 0700) == -1 && errno != EEXIST)
			return fail((struct message_buffer) { err, size },
			    "cannot create %s: %s", directory, strerror(errno));
	}
	return 0;
}

/*
 * Add a line to FD, which is locked and has TEXT so far; on failure, leave no
 * part of it.
 */
static int
append(int fd, const char *text, const char *name, const char *pin)
{
	char line[KNOWN_NAME_MAX + PIN_SIZE + 4];
	size_t len = strlen(text);
	int n = snprintf(line, sizeof(line), "%s%s %s\n",
	    len > 0 && text[len - 1] != '\n' ? "\n" : "", name, pin);
	off_t end = lseek(fd, 0, SEEK_END);
	int error;

	if (end == -1)
		return -1;
	if (io_write_all(fd, line, (size_t)n) == 0)
		return 0;
	error = errno;
	if (ftruncate(fd, end) == 0)
		errno = error;
	return -1;
}

/* Add to the file FD, which no other hail changes now. */
static int
add_to(struct known_hosts *k, int fd, const char *name, const char *pin,
    struct message_buffer err)
{
	struct known_key keys[KNOWN_KEYS_MAX];
	int n, i;

	if (read_from(k, fd, err) == -1)
		return -1;
	n = known_hosts_find(k, name, keys, err.text, err.size);
	for (i = 0; i < n; i++)
		if (strcmp(keys[i].pin, pin) == 0)
			return 0;
	if (n > 0)
		return fail(err,
		    "%s:%u: another key was stored for this server at the same "
		    "time",
		    k->path, keys[0].line);
	if (n == 0 && append(fd, k->text, name, pin) == -1)
		return fail(
		    err, "cannot write to %s: %s", k->path, strerror(errno));
	return n;
}

int
known_hosts_add(const char *name, const char *pin, char *errtext, size_t size)
{
	const int flags = O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC;
	struct message_buffer err = { errtext, size };
	struct known_hosts k = { .text = NULL };
	int fd, result = -1;

	if (!known_hosts_path(k.path, FILE_NAME))
		return fail(err,
		    "no home directory, so the server's key cannot be stored; "
		    "use --pin or --ca");
	if (known_hosts_make_directory(k.path, errtext, size) == -1 ||
	    check_directory(k.path, err) == -1)
		return -1;
	if ((fd = open(k.path, flags, 0600)) == -1)
		return fail(err, "cannot open %s: %s", k.path, strerror(errno));
	if (flock(fd, LOCK_EX) == -1)
		fail(err, "cannot lock %s: %s", k.path, strerror(errno));
	else
		result = add_to(&k, fd, name, pin, err);
	free(k.text);
	close(fd);
	return result;
}
