#include "load/contain/ids.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "lib/number.h"

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
	char line[256], *name, *first, *next;
	uint64_t values[2];
	const char *text;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		next = line;
		name = strsep(&next, ":");
		first = strsep(&next, ":");
		text = next;
		if (*name == '\0' || *name == '#' || text == NULL ||
		    !number_parse_unsigned(first, UINT32_MAX, &values[0]) ||
		    !number_read(&text, UINT32_MAX, &values[1]))
			continue;
		if (values[1] > 0)
			ranges_add(r, name, (uid_t)values[0],
			    (int64_t)(values[0] + values[1]) - 1);
	}
	if (f != NULL)
		fclose(f);
}

void
ids_add_mapped(struct ranges *r, const char *path)
{
	FILE *f = fopen(path, "re");
	char line[64];
	const char *text;
	uint64_t values[3]; /* first inside, first outside, how many */
	int n;

	if (f == NULL) {
		ranges_add(r, "", 0, UINT32_MAX);
		return;
	}
	while (fgets(line, sizeof(line), f) != NULL) {
		text = line;
		for (n = 0; n < 3; n++) {
			text += strspn(text, " ");
			if (!number_read(&text, UINT32_MAX, &values[n]))
				break;
		}
		if (n == 3 && values[2] > 0)
			ranges_add(r, "", (uid_t)values[0],
			    (int64_t)(values[0] + values[2]) - 1);
	}
	fclose(f);
}
