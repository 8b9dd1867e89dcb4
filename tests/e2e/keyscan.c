/*
 * keyscan.c -- find the processes that have the bytes of a private key.
 *
 *	keyscan PID NEEDLES [FILE...]
 *
 * Searches the memory of process PID and of all its descendants, and the files
 * of their descriptors.  NEEDLES is a file with a line for each secret: a name,
 * a blank, and its bytes in hexadecimal.  Secrets are searched for in both byte
 * orders and in pieces, so that half a key is found too.  FILE is a file that
 * only the signer may have open.  Prints, separated by tabs:
 *
 *	PID	TITLE	searched	KILOBYTES
 *	PID	TITLE	memory	NAME
 *	PID	TITLE	descriptor	NAME or FILE
 */

#include <sys/stat.h>
#include <sys/types.h>

#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE 12 /* by chance in 1 GB of memory: 1 in 10^20 */
#define SECRET_MAX 2048
#define NPIECES 4096
#define NPIDS 4096
#define CHUNK (1 << 20)
/* Larger mappings are the shadow of AddressSanitizer, which has no data. */
#define MAPPING_MAX (1ULL << 32)

struct piece {
	unsigned char bytes[PIECE];
	int secret;
};

static char names[256][64];
static int nnames;
static struct piece pieces[NPIECES];
static int npieces;
/* By the first three bytes: whether a piece begins with them. */
static unsigned char begins[1 << 21];

static unsigned int
beginning(const unsigned char *p)
{
	return (unsigned int)p[0] << 16 | (unsigned int)p[1] << 8 | p[2];
}

static void
add_piece(const unsigned char *bytes)
{
	struct piece *p = &pieces[npieces++];
	unsigned int b = beginning(bytes);

	if (npieces == NPIECES)
		errx(2, "too many secrets");
	memcpy(p->bytes, bytes, PIECE);
	p->secret = nnames;
	begins[b >> 3] |= (unsigned char)(1U << (b & 7));
}

/* The last piece overlaps the one before it, if it has to. */
static void
add_pieces(const unsigned char *bytes, size_t len)
{
	size_t i;

	for (i = 0; i + PIECE <= len; i += PIECE)
		add_piece(bytes + i);
	if (len % PIECE != 0)
		add_piece(bytes + len - PIECE);
}

static void
add_secret(const char *name, const char *hex)
{
	unsigned char bytes[SECRET_MAX], reverse[SECRET_MAX];
	size_t len, i;
	unsigned int byte;

	for (len = 0; len < SECRET_MAX && sscanf(hex, "%2x", &byte) == 1;
	     len++) {
		bytes[len] = (unsigned char)byte;
		hex += 2;
	}
	if (len < PIECE || isxdigit((unsigned char)*hex))
		errx(2, "%s: %zu bytes cannot be searched for", name, len);
	for (i = 0; i < len; i++)
		reverse[i] = bytes[len - 1 - i];
	snprintf(names[nnames], sizeof(names[0]), "%s", name);
	add_pieces(bytes, len);
	add_pieces(reverse, len);
	if (++nnames == (int)(sizeof(names) / sizeof(names[0])))
		errx(2, "too many secrets");
}

static void
read_needles(const char *file)
{
	char line[2 * SECRET_MAX + 128], name[64];
	FILE *f;
	int n;

	if ((f = fopen(file, "r")) == NULL)
		err(2, "%s", file);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%63s %n", name, &n) != 1)
			errx(2, "%s: what is \"%s\"?", file, line);
		add_secret(name, line + n);
	}
	fclose(f);
	if (nnames == 0)
		errx(2, "%s: no secrets", file);
}

/* Record in FOUND the secrets that are in the LEN bytes. */
static void
search(const unsigned char *bytes, size_t len, bool *found)
{
	size_t i;
	int p;
	unsigned int b;

	for (i = 0; i + PIECE <= len; i++) {
		b = beginning(bytes + i);
		if ((begins[b >> 3] >> (b & 7) & 1) == 0)
			continue;
		for (p = 0; p < npieces; p++)
			if (memcmp(bytes + i, pieces[p].bytes, PIECE) == 0)
				found[pieces[p].secret] = true;
	}
}

/* Search the bytes of FD from START to END; unreadable parts are left out. */
static size_t
search_range(int fd, off_t start, off_t end, bool *found)
{
	static unsigned char buffer[PIECE + CHUNK];
	size_t kept = 0, total = 0;
	ssize_t n;

	while (start < end) {
		n = end - start < CHUNK ? end - start : CHUNK;
		if ((n = pread(fd, buffer + kept, (size_t)n, start)) <= 0) {
			start += 4096;
			kept = 0;
			continue;
		}
		search(buffer, kept + (size_t)n, found);
		start += n;
		total += (size_t)n;
		n += (ssize_t)kept;
		kept = n < PIECE - 1 ? (size_t)n : PIECE - 1;
		memmove(buffer, buffer + n - kept, kept);
	}
	return total;
}

static const char *
title(pid_t pid)
{
	static char text[128];
	char path[64];
	ssize_t n, i;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	if ((fd = open(path, O_RDONLY)) == -1)
		return "?";
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	for (i = 0; i < n; i++)
		if (!isprint((unsigned char)text[i]))
			text[i] = ' ';
	while (n > 0 && text[n - 1] == ' ')
		n--;
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static void
report(pid_t pid, const char *where, const bool *found)
{
	int i;

	for (i = 0; i < nnames; i++)
		if (found[i])
			printf("%d\t%s\t%s\t%s\n", (int)pid, title(pid), where,
			    names[i]);
}

static void
search_memory(pid_t pid)
{
	bool found[sizeof(names) / sizeof(names[0])] = { false };
	unsigned long long start, end;
	char path[64], line[512], right;
	size_t total = 0;
	FILE *maps;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	maps = fopen(path, "r");
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	if (maps == NULL || (fd = open(path, O_RDONLY)) == -1) {
		if (maps != NULL && access(path, F_OK) == 0)
			err(2, "%s", path);
		if (maps != NULL)
			fclose(maps);
		return;
	}
	while (fgets(line, sizeof(line), maps) != NULL) {
		if (sscanf(line, "%llx-%llx %c", &start, &end, &right) != 3 ||
		    right != 'r' || end - start > MAPPING_MAX ||
		    strstr(line, "[vsyscall]") || strstr(line, "[vvar"))
			continue;
		total += search_range(fd, (off_t)start, (off_t)end, found);
	}
	fclose(maps);
	close(fd);
	printf("%d\t%s\tsearched\t%zu\n", (int)pid, title(pid), total / 1024);
	report(pid, "memory", found);
}

/*
 * Check a descriptor: whether it is one of FILES, or an unnamed file with a
 * secret.
 */
static void
search_descriptor(pid_t pid, const char *path, char *const *files)
{
	bool found[sizeof(names) / sizeof(names[0])] = { false };
	struct stat st, file;
	char target[256];
	ssize_t n;
	int fd;

	if (stat(path, &st) == -1 || !S_ISREG(st.st_mode))
		return;
	for (; *files != NULL; files++)
		if (stat(*files, &file) == 0 && file.st_dev == st.st_dev &&
		    file.st_ino == st.st_ino)
			printf("%d\t%s\tdescriptor\t%s\n", (int)pid, title(pid),
			    *files);
	n = readlink(path, target, sizeof(target) - 1);
	target[n < 0 ? 0 : n] = '\0';
	if (strncmp(target, "/memfd:", 7) != 0 ||
	    (fd = open(path, O_RDONLY)) == -1)
		return;
	search_range(fd, 0, st.st_size, found);
	close(fd);
	report(pid, "descriptor", found);
}

static void
search_descriptors(pid_t pid, char *const *files)
{
	char path[64], each[352];
	struct dirent *d;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	if ((dir = opendir(path)) == NULL)
		return;
	while ((d = readdir(dir)) != NULL) {
		snprintf(each, sizeof(each), "%s/%s", path, d->d_name);
		search_descriptor(pid, each, files);
	}
	closedir(dir);
}

/* Read all processes with their parents. */
static int
list_processes(pid_t (*list)[2])
{
	char path[300], line[512], *after;
	struct dirent *d;
	int n = 0, parent;
	FILE *f;
	DIR *dir;

	if ((dir = opendir("/proc")) == NULL)
		err(2, "/proc");
	while (n < NPIDS && (d = readdir(dir)) != NULL) {
		if (!isdigit((unsigned char)d->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/stat", d->d_name);
		if ((f = fopen(path, "r")) == NULL)
			continue;
		if (fgets(line, sizeof(line), f) != NULL &&
		    (after = strrchr(line, ')')) != NULL &&
		    sscanf(after, ") %*c %d", &parent) == 1) {
			list[n][0] = (pid_t)atoi(d->d_name);
			list[n++][1] = (pid_t)parent;
		}
		fclose(f);
	}
	closedir(dir);
	return n;
}

static void
search_tree(pid_t pid, pid_t (*list)[2], int n, char *const *files)
{
	int i;

	search_memory(pid);
	search_descriptors(pid, files);
	for (i = 0; i < n; i++)
		if (list[i][1] == pid)
			search_tree(list[i][0], list, n, files);
}

int
main(int argc, char *argv[])
{
	static pid_t list[NPIDS][2];

	if (argc < 3)
		errx(2, "usage: keyscan PID NEEDLES [FILE...]");
	read_needles(argv[2]);
	search_tree((pid_t)atoi(argv[1]), list, list_processes(list), argv + 3);
	return 0;
}
