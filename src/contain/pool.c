#include "contain/pool.h"

#include <stdio.h>
#include <string.h>

/* TEXT in place of FROM's variable with the name that TEXT begins with. */
static void
replace(struct identity *id, const char *text)
{
	size_t len = strcspn(text, "=") + 1;
	int i;

	for (i = 0; i < IDENTITY_VARIABLES; i++)
		if (id->variables[i] != NULL &&
		    strncmp(id->variables[i], text, len) == 0)
			id->variables[i] = text;
}

const struct identity *
pool_identity(
    struct pool_identity *pool, const struct identity *from, uid_t uid)
{
	struct identity *id = &pool->identity;

	if (uid == NO_UID || from == NULL)
		return from;
	snprintf(
	    pool->name, sizeof(pool->name), "haild-%lu", (unsigned long)uid);
	snprintf(pool->user, sizeof(pool->user), "USER=%s", pool->name);
	snprintf(
	    pool->logname, sizeof(pool->logname), "LOGNAME=%s", pool->name);
	*id = *from;
	id->name = pool->name;
	id->uid = uid;
	id->gid = uid;
	id->groups = NULL;
	id->ngroups = 0;
	replace(id, pool->user);
	replace(id, pool->logname);
	return id;
}
