#include "load/contain/ranges.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "lib/log.h"

static void
add(struct ranges *r, const char *name, int64_t first, int64_t last)
{
	/* The capacity doubles at each power of two. */
	if ((r->n & (r->n - 1)) == 0) {
		r->list = reallocarray(
		    r->list, r->n > 0 ? 2 * r->n : 1, sizeof(*r->list));
		if (r->list == NULL)
			fatal(EX_OSERR, "cannot read users");
	}
	r->list[r->n] = (struct range) { .first = first, .last = last };
	strlcpy(r->list[r->n].name, name, sizeof(r->list[r->n].name));
	r->n++;
}

void
ranges_free(struct ranges *r)
{
	free(r->list);
	*r = (struct ranges) { 0 };
}

void
ranges_add_users(struct ranges *r)
{
	const struct passwd *pw;

	setpwent();
	while ((pw = getpwent()) != NULL)
		add(r, pw->pw_name, pw->pw_uid, pw->pw_uid);
	endpwent();
}

void
ranges_add_groups(struct ranges *r)
{
	const struct group *gr;

	setgrent();
	while ((gr = getgrent()) != NULL)
		add(r, gr->gr_name, gr->gr_gid, gr->gr_gid);
	endgrent();
}

void
ranges_add_subordinate(struct ranges *r, const char *path)
{
	FILE *f = fopen(path, "re");
	char line[256], name[64];
	unsigned int first, n;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "%63[^:#]:%u:%u", name, &first, &n) == 3 &&
		    n > 0)
			add(r, name, first, (int64_t)first + n - 1);
	if (f != NULL)
		fclose(f);
}

void
ranges_add_mapped(struct ranges *r, const char *path)
{
	FILE *f = fopen(path, "re");
	unsigned int first, outside, n;

	if (f == NULL) {
		add(r, "", 0, UINT32_MAX);
		return;
	}
	while (fscanf(f, "%u %u %u", &first, &outside, &n) == 3)
		if (n > 0)
			add(r, "", first, (int64_t)first + n - 1);
	fclose(f);
}

const struct range *
ranges_find(const struct ranges *r, int64_t first, int64_t last)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (r->list[i].first <= last && first <= r->list[i].last)
			return &r->list[i];
	return NULL;
}

int64_t
ranges_gap(const struct ranges *r, int64_t first, int64_t last)
{
	const struct range *found;

	while (first <= last) {
		if ((found = ranges_find(r, first, first)) == NULL)
			return first;
		first = found->last + 1;
	}
	return -1;
}
