#include <sys/prctl.h>

#include <errno.h>

#include "contain/confine.h"
#include "contain/contain.h"
#include "lib/log.h"

/* Scopes need Linux 6.12.  If this kernel has none, haild-load has warned. */
static int
enter_scope(void)
{
	return landlock_version() < LANDLOCK_SCOPES ? 0 : landlock_scope();
}

int
contain_seal(const struct service *service)
{
	const struct sandbox *c = &service->contained;
	const char *failed = NULL;
	bool contained =
	    (service->handler & (HANDLER_EXEC | HANDLER_COMMAND)) != 0;
	bool scope = contained && service->landlock_scope;
	bool filter = contained && c->filter != NULL;

	/* Without privileges, Landlock and filters need no-new-privileges. */
	if ((service->no_new_privileges || scope || filter) &&
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		failed = "no-new-privileges";
	else if (scope && enter_scope() == -1)
		failed = "landlock-scope";
	else if (filter && filter_install(c->filter, c->filter_len) == -1)
		failed = "system-call-filter";
	if (failed == NULL)
		return 0;
	log_err("%s: cannot set %s", service->name, failed);
	return -1;
}
