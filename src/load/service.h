/*
 * service.h -- the steps from the settings of a service to what haild serves.
 *
 * build.c takes them for each service, and command.c for each command, after
 * its settings have been read.
 */

#ifndef SERVICE_H
#define SERVICE_H

#include "contain/contain.h"
#include "load/lookup.h"
#include "load/settings.h"

/* --- check.c: what goes together --- */

/* There is one handler; sets service->handler. */
void check_handler(struct loader *l, struct service *service);

/* Its own settings apply to the service. */
void check_own(struct loader *l, const struct service *service);

/*
 * The service has "wait" if it must, and only what goes with it; sets what
 * follows from that.  After its endpoints are known.
 */
void check_wait(struct loader *l, struct service *service);

/* The program and the directories exist. */
void check_paths(struct loader *l, struct service *service);

/* Whether SETTING has a meaning in SERVICE: "haild -T" prints only those. */
bool check_applies(
    const struct service *service, const struct setting *setting);

/* --- listen/claims.c --- */

/* No service before the one at AT listens where it does. */
void check_claims(struct loader *l, size_t at);

/* --- tls.c and tls_files.c: TLS --- */

/*
 * Check that the settings of TLS fit together, and to "wait".  After
 * check_wait.
 */
void tls_check(struct loader *l, const struct service *service);

/* What a setting with FLAGS needs and SERVICE lacks; or NULL. */
const char *tls_missing_need(const struct service *service, unsigned int flags);

/* Whether clients of SERVICE can have an identity by TLS. */
bool tls_identifies(const struct service *service);

/*
 * Check the certificates, keys and CAs of SERVICE with "haild-tls --check", and
 * report what it finds, each warning once.  Services with the same files are
 * checked once.  Sets tls_expires.  An error always refuses the configuration:
 * a service with TLS must not be out of service unnoticed.
 */
void tls_check_files(struct loader *l, struct service *service);

/*
 * Warn of files of identities.  They are read for each client: whatever is
 * wrong now can be right then.
 */
void tls_warn_of_identities(struct loader *l, const struct service *service);

/* --- shares.c: what one source may take --- */

/*
 * Compute the defaults.  "max-per-source" at the top level is half of all
 * sessions; in a service it is half of its sessions, but at most the preset.
 * "rate-per-source" is half of the rate.
 */
void shares_default_total(struct loader *l);
void shares_default(struct loader *l, struct service *service);

/*
 * Whether SERVICE may have clients of several sources: not on loopback, unless
 * a proxy announces them, and not on a Unix socket for one user.
 */
bool shares_has_sources(const struct service *service);

/*
 * For "haild -t": warn about settings that allow one source to take all of a
 * service, or of all services.  shares_warn returns how many sessions of
 * SERVICE a source can have; shares_warn_total takes the sum of these.
 */
int64_t shares_warn(struct loader *l, const struct service *service);
void shares_warn_total(struct loader *l, int64_t taken);

/* --- endpoints.c --- */

/* Make endpoints of "listen". */
void endpoints_resolve(struct loader *l, struct service *service);

/* "defer-accept" suits the handler and the addresses, which are known. */
void endpoints_check_defer(struct loader *l, const struct service *service);

/* Warn of abstract sockets that are open to all users of the host. */
void endpoints_advise(struct loader *l, const struct service *service);

/*
 * Find the port TEXT, a number or a name of services(5), of the address WHERE
 * in SETTING.  Returns 0 with it in *NUMBER, or -1 (reported).
 */
int endpoints_find_port(struct loader *l, struct service *service,
    const char *setting, const char *where, const char *text, bool dgram,
    unsigned int *number);

/* --- forward/ --- */

/*
 * Make targets of "forward", and the address of "forward-source".  A name
 * without an address is left out, with a warning; without any target SERVICE is
 * out of service.
 */
void forward_resolve(struct loader *l, struct service *service);

/* SERVICE does not forward as root.  After users_resolve. */
void forward_check_user(struct loader *l, const struct service *service);

/*
 * The service at AT has just been read: remember the lines of its settings, for
 * the messages of forward_check_loops.
 */
void forward_remember(struct loader *l, size_t at);

/*
 * No service forwards to itself, directly or through other services.  That is
 * an error of the text; if a name has such an address, the service is out of
 * service.  Called after all services were read.
 */
void forward_check_loops(struct loader *l);

/* Whether a service of NEW has other targets than in OLD, of the same texts. */
bool forward_has_changed(const struct config *old, const struct config *new);

/*
 * Log each target that could not be resolved and is not in the file FD, and
 * each one in FD that was resolved again.  Then FD lists those that could not
 * be resolved.
 */
void forward_log_stale(const struct config *config, int fd);

/*
 * For "haild -t": warn of Unix sockets that the user of SERVICE cannot connect
 * to, and of silent clients that stay for ever.  After users_resolve.
 */
void forward_advise(struct loader *l, const struct service *service);

/* The same, of "defer-accept" where the server probably speaks first. */
void forward_advise_defer(struct loader *l, const struct service *service);

/* --- users.c --- */

/* Fill ID from a user and the N groups that have it as a member. */
void users_fill(struct loader *l, struct identity *id, const struct user *user,
    const gid_t *groups, size_t n);

/*
 * Fill ID for a process of haild that SERVICE needs (NULL: all services need
 * it) from the user NAME; if NAME does not exist, from nobody, with a warning.
 */
void users_resolve_own(struct loader *l, struct service *service,
    const char *name, struct identity *id);

/*
 * Find the user, group and groups of a service or command, the owner of its
 * Unix sockets, and the users and groups that may use them.
 */
void users_resolve(struct loader *l, struct service *service);

/*
 * Find the group of "control-group", and the user of control processes:
 * haild-speaker, as which no program runs that could send them signals, or that
 * of haild.
 */
void users_resolve_control(struct loader *l);

/*
 * Split "user.group" in TEXT at the last dot before which is the name of a
 * user, or of one that cannot be looked up.  Returns the group; or NULL, with
 * TEXT as it was, if the whole is a user, as in chown(1), or no part is.
 */
char *users_split(struct loader *l, char *text);

/* "no-new-privileges" by default: unless the program runs as root. */
void users_default_privileges(struct loader *l, struct service *service);

/* --- contain/: how sessions are contained --- */

/* haild -t lacks what a session of a service needs: its name, and why. */
#define TRIAL_UNABLE                                                           \
	"\"%s\": haild -t cannot start a session: %s; the daemon may be able " \
	"to"

/*
 * Fill in what "sandbox" sets, after the settings of SERVICE have been read and
 * its handler is known.  Where the handler has no program, all parts become
 * what they are without "sandbox".
 */
void presets_apply(struct loader *l, struct service *service);

/*
 * For "haild -T": where the value of SETTING in SERVICE comes from, if that is
 * not the text, and what of it this kernel cannot do, into BUF; "" is nothing.
 */
void presets_note(const struct service *service, const struct setting *setting,
    char *buf, size_t size);

/* Whether the kernel has Landlock scopes. */
bool presets_has_scopes(void);

/* Whether USER is "pool:...". */
bool pools_named(const char *user);

/*
 * Find the user IDs of a pool, if SERVICE has one; sets contained.pool_first,
 * pool_last and the identity.  Returns false if it has another user.
 */
bool pools_resolve(struct loader *l, struct service *service);
void pools_free(struct loader *l);

/*
 * Check that the parts go together, and that this system and haild have what
 * they need; make contained of them.  After users_default_privileges.
 */
void contained_check(struct loader *l, struct service *service);

/*
 * CGROUP_* bits of the controllers of cgroup v2 that this kernel has, whether
 * or not haild may use them.
 */
unsigned int needs_host_controllers(void);

/* For "haild -t": recommend containment, once for SERVICE and its commands. */
void contained_advise(struct loader *l, const struct service *service);

/* --- contain/trees.c: the namespaces that sessions enter --- */

/*
 * Make all mount namespaces of the configuration, and set contained.tree of
 * each service and command.  One whose mounts cannot be made is out of service.
 */
void trees_build(struct loader *l);

/* Set the tree and network of GRANT for a trial of SERVICE. */
void trees_trial_grant(const struct service *service, struct grant *grant);

/*
 * Send all to the daemon (contain/tree.h), by the socket FD.  Returns 0, or -1
 * with errno (EAGAIN: more than its buffer holds).
 */
int trees_send(int fd);

/* --- rows.c: what "haildctl explain" shows --- */

/*
 * Make service->rows, from where settings have been read (l->origins), after
 * all else is known.
 */
void rows_make(struct loader *l, struct service *service);

/* The same for the top level, whose settings are at ORIGINS. */
void rows_make_top(struct loader *l, const struct origin *origins);

void rows_free(struct loader *l);

/* --- command.c --- */

/* Read the commands of SERVICE from GROUP, after its own settings. */
void command_read(
    struct loader *l, struct service *service, const config_setting_t *group);

/*
 * Set what a refused client of the service gets: its busy-message.  Clients of
 * commands always get a message, as frames with the status EX_TEMPFAIL.
 */
void busy_make(struct loader *l, struct service *service);

#endif
