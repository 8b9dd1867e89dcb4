#include "load/contain/ids.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

void
ids_add_users(struct ranges *r)
{
	const struct passwd *pw;

	setpwent();
	while ((pw = getpwent()) != NULL)
		ranges_add(r, pw->pw_name, pw->pw_uid, pw->pw_uid);
	endpwent();
}

void
ids_add_groups(struct ranges *r)
{
	const struct group *gr;

	setgrent();
	while ((gr = getgrent()) != NULL)
		ranges_add(r, gr->gr_name, gr->gr_gid, gr->gr_gid);
	endgrent();
}

void
ids_add_subordinate(struct ranges *r, const char *path)
{
	FILE *f = fopen(path, "re");
	char line[256], name[64];
	unsigned int first, n;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "%63[^:#]:%u:%u", name, &first, &n) == 3 &&
		    n > 0)
			ranges_add(r, name, first, (int64_t)first + n - 1);
	if (f != NULL)
		fclose(f);
}

void
ids_add_mapped(struct ranges *r, const char *path)
{
	FILE *f = fopen(path, "re");
	unsigned int first, outside, n;

	if (f == NULL) {
		ranges_add(r, "", 0, UINT32_MAX);
		return;
	}
	while (fscanf(f, "%u %u %u", &first, &outside, &n) == 3)
		if (n > 0)
			ranges_add(r, "", first, (int64_t)first + n - 1);
	fclose(f);
}
