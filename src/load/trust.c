#include "load/trust.h"

#include <sys/stat.h>
#include <sys/xattr.h>

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "session/interpreter.h"

#define LINKS_MAX 40	   /* symbolic links, as path_resolution(7) */
#define INTERPRETERS_MAX 6 /* of a script and of each other, and of that */

/* A path that is followed, one name at a time. */
struct walk {
	char done[PATH_MAX]; /* that far, without symbolic links */
	size_t root;	     /* bytes of done that are the root directory */
	char todo[PATH_MAX]; /* the rest */
	int links;
};

static bool
is_trusted(uid_t uid)
{
	struct stat st;

	/* In a user namespace "/" may belong to a user that is not mapped. */
	return uid == 0 || uid == geteuid() ||
	    (stat("/", &st) == 0 && uid == st.st_uid);
}

/* Who but its owner may write to it, and how to change that; or NULL. */
static const char *
find_writers(const char *path, const struct stat *st, bool last)
{
	if (S_ISLNK(st->st_mode) || (!last && (st->st_mode & S_ISVTX)))
		return NULL;
	if (st->st_mode & S_IWOTH)
		return "is writable by everyone: chmod o-w it";
	if ((st->st_mode & S_IWGRP) && st->st_gid != 0)
		return "is writable by its group, which is not root's: "
		       "chmod g-w it";
	/* Then the bits of the group are the most that acl(5) allows others. */
	if ((st->st_mode & S_IWGRP) &&
	    getxattr(path, "system.posix_acl_access", NULL, 0) > 0)
		return "is writable by others with its access control list: "
		       "setfacl -b it";
	return NULL;
}

static int
check_entry(const struct walk *w, const struct stat *st, bool last, char *why)
{
	const char *path = w->done[0] != '\0' ? w->done : "/";
	const char *writers = find_writers(path, st, last), *what = "";

	if (!last)
		what = S_ISDIR(st->st_mode) ? "directory " : "symbolic link ";
	if (!is_trusted(st->st_uid))
		snprintf(why, TRUST_WHY_MAX,
		    "%s%s%sbelongs to uid %u, and haild runs as root: chown it",
		    what, last ? "" : w->done, last ? "" : " ",
		    (unsigned int)st->st_uid);
	else if (writers != NULL)
		snprintf(why, TRUST_WHY_MAX, "%s%s%s%s", what,
		    last ? "" : w->done, last ? "" : " ", writers);
	else
		return 0;
	return -1;
}

/* Go back to the directory above. */
static void
go_up(struct walk *w)
{
	char *slash = strrchr(w->done + w->root, '/');

	if (slash != NULL)
		*slash = '\0';
}

/* Add the next name to done.  Returns false at the end, or without room. */
static bool
take_name(struct walk *w)
{
	char *name = w->todo + strspn(w->todo, "/");
	size_t len = strcspn(name, "/"), used = strlen(w->done);
	bool fits = used + 1 + len < sizeof(w->done);

	if (len == 2 && strncmp(name, "..", 2) == 0)
		go_up(w);
	else if (len > 0 && !(len == 1 && name[0] == '.') && fits)
		snprintf(w->done + used, sizeof(w->done) - used, "/%.*s",
		    (int)len, name);
	memmove(w->todo, name + len, strlen(name + len) + 1);
	return len > 0 && fits;
}

/* No names follow but empty ones. */
static bool
is_last(const struct walk *w)
{
	return w->todo[strspn(w->todo, "/")] == '\0';
}

/* Continue where the symbolic link in done leads.  Returns 0, or -1. */
static int
follow(struct walk *w)
{
	char link[PATH_MAX];
	ssize_t n = readlink(w->done, link, sizeof(link) - 1);

	if (n == -1 || ++w->links > LINKS_MAX)
		return -1;
	link[n] = '\0';
	if (link[0] == '/')
		w->done[w->root] = '\0';
	else
		go_up(w);
	if (strlcat(link, w->todo, sizeof(link)) >= sizeof(link))
		return -1;
	strlcpy(w->todo, link, sizeof(w->todo));
	return 0;
}

/* A path that does not exist, or is too long, is an error elsewhere. */
static int
walk(struct walk *w, char *why)
{
	struct stat st;
	bool last;

	while (take_name(w)) {
		last = is_last(w);
		if (lstat(w->done[0] != '\0' ? w->done : "/", &st) == -1)
			return 0;
		if (check_entry(w, &st, last && !S_ISLNK(st.st_mode), why) ==
		    -1)
			return -1;
		if (S_ISLNK(st.st_mode) && follow(w) == -1)
			return 0;
	}
	return 0;
}

/* As trust_path; in w->done is where PATH leads. */
static int
follow_path(struct walk *w, const char *root, const char *path, char *why)
{
	size_t used = 0;

	*w = (struct walk) { .links = 0 };
	if (root != NULL)
		strlcpy(w->done, root, sizeof(w->done));
	w->root = strlen(w->done);
	if (path[0] != '/') {
		if (getcwd(w->todo, sizeof(w->todo)) == NULL)
			return 0;
		strlcat(w->todo, "/", sizeof(w->todo));
		used = strlen(w->todo);
	}
	if (strlcpy(w->todo + used, path, sizeof(w->todo) - used) >=
	    sizeof(w->todo) - used)
		return 0;
	return walk(w, why);
}

int
trust_path(const char *root, const char *path, char why[TRUST_WHY_MAX])
{
	struct walk w;

	return follow_path(&w, root, path, why);
}

int
trust_program(const char *root, const char *path, char why[TRUST_WHY_MAX])
{
	char text[INTERPRETER_MAX], reason[TRUST_WHY_MAX];
	struct walk w;
	int n;

	if (root != NULL && trust_path(NULL, root, reason) == -1) {
		snprintf(why, TRUST_WHY_MAX, "its root directory %.*s",
		    TRUST_WHY_MAX - 32, reason);
		return -1;
	}
	if (follow_path(&w, root, path, why) == -1)
		return -1;
	/* A script may be the interpreter of another one. */
	for (n = 0; n < INTERPRETERS_MAX; n++) {
		if (interpreter_find(w.done, text) != INTERPRETER_FOUND ||
		    text[0] != '/')
			break;
		if (follow_path(&w, root, text, reason) == 0)
			continue;
		snprintf(why, TRUST_WHY_MAX, "its interpreter %s %.*s", text,
		    TRUST_WHY_MAX - INTERPRETER_MAX - 32, reason);
		return -1;
	}
	return 0;
}
