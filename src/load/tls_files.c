/*
 * tls_files.c -- check the files of a service with TLS.  Executes "haild-tls
 * --check" (tls/check.h), so that haild-load never reads a key.
 */

#include "load/service.h"

#include <sys/wait.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "contain/confine.h"
#include "lib/fds.h"
#include "lib/io.h"
#include "lib/number.h"
#include "lib/process.h"
#include "load/memory.h"
#include "load/trust.h"

#define CHECK_TIMEOUT (10 * SECOND)
#define TOO_LONG "it took longer than 10 s"
#define OUTPUT_MAX 65536

/* The lists of files, each a setting and an argument "NAME=FILE". */
static const char prefix[] = "tls-";
static const struct {
	const char *setting;
	size_t offset;
} lists[] = {
	{ "tls-certificate", offsetof(struct service, tls_certificate) },
	{ "tls-key", offsetof(struct service, tls_key) },
	{ "tls-client-ca", offsetof(struct service, tls_client_ca) },
	{ "tls-client-crl", offsetof(struct service, tls_client_crl) },
};
#define NLISTS (sizeof(lists) / sizeof(lists[0]))

static const char *const *
get_list(const struct service *service, size_t i)
{
	static const char *const none[] = { NULL };
	const char *const *list =
	    *(const char *const *const *)(const void *)((const char *)service +
		lists[i].offset);
	bool used = service->tls_client != TLS_CLIENT_NONE ||
	    strncmp(lists[i].setting, "tls-client", 10) != 0;

	return list != NULL && used ? list : none;
}

/* --- arguments --- */

struct arguments {
	char **list; /* NULL ends it */
	size_t n;
};

static void
add(struct arguments *a, char *text)
{
	a->list = memory_resize(a->list, a->n + 2, sizeof(*a->list));
	a->list[a->n++] = text;
	a->list[a->n] = NULL;
}

static void
free_arguments(struct arguments *a)
{
	for (; a->n > 0; a->n--)
		free(a->list[a->n - 1]);
	free(a->list);
}

static void
make_arguments(struct arguments *a, const struct service *service)
{
	const char *const *list;
	size_t i;

	*a = (struct arguments) { .n = 0 };
	add(a, memory_strdup("haild-tls"));
	add(a, memory_strdup("--check"));
	for (i = 0; i < NLISTS; i++)
		for (list = get_list(service, i); *list != NULL; list++)
			add(a,
			    memory_printf("%s=%s",
				lists[i].setting + strlen(prefix), *list));
	if (service->tls_priority != NULL)
		add(a, memory_printf("priority=%s", service->tls_priority));
	if (service->tls_minimum == TLS_MINIMUM_1_2)
		add(a, memory_strdup("minimum=1.2"));
}

static bool
is_same_list(const char *const *a, const char *const *b)
{
	if (a == b) /* both have the default */
		return true;
	if (a == NULL || b == NULL)
		return false;
	for (; *a != NULL && *b != NULL && strcmp(*a, *b) == 0; a++, b++)
		continue;
	return *a == NULL && *b == NULL;
}

/* Whether A and B have the same arguments. */
static bool
has_same_files(const struct service *a, const struct service *b)
{
	const char *x = a->tls_priority, *y = b->tls_priority;
	size_t i;

	for (i = 0; i < NLISTS; i++)
		if (!is_same_list(get_list(a, i), get_list(b, i)))
			return false;
	return a->tls_minimum == b->tls_minimum &&
	    (x == y || (x != NULL && y != NULL && strcmp(x, y) == 0));
}

static bool
has_same_identities(const struct service *a, const struct service *b)
{
	return a->tls_client != TLS_CLIENT_NONE &&
	    is_same_list(a->identities, b->identities);
}

/* The first service with TLS before SERVICE for which SAME is true, or NULL. */
static const struct service *
find_checked(const struct loader *l, const struct service *service,
    bool (*same)(const struct service *, const struct service *))
{
	const struct service *s;

	for (s = l->config->services; s < service; s++)
		if (s->tls && !s->disable && same(s, service))
			return s;
	return NULL;
}

/* --- running haild-tls --- */

static void __attribute__((noreturn))
run(int program, char *const *argv, int output, pid_t parent)
{
	static char *none[] = { NULL };

	/* GnuTLS obeys variables, and the keeper will have none either. */
	environ = none;
	if (confine_die_with(parent) != -1 && dup2(output, STDOUT_FILENO) != -1)
		fds_execute(program, argv, NULL, 0);
	_exit(EX_OSERR);
}

/*
 * Read all output, with a NUL, into TEXT.  Returns NULL, or why the output is
 * not complete.
 */
static const char *
read_output(int fd, char text[OUTPUT_MAX], int64_t deadline)
{
	size_t used = 0;
	ssize_t n;

	for (; used < OUTPUT_MAX - 1; used += (size_t)n) {
		if (io_wait(fd, POLLIN, deadline) <= 0)
			return TOO_LONG;
		n = io_read(fd, text + used, OUTPUT_MAX - 1 - used);
		if (n <= 0) {
			text[used] = '\0';
			return n == 0 ? NULL : strerror(errno);
		}
	}
	return "it printed too much";
}

/* Run haild-tls.  Returns NULL, or why it did not check the files. */
static const char *
run_check(
    int program, char *const *argv, char text[OUTPUT_MAX], siginfo_t *info)
{
	int64_t deadline = clock_now() + CHECK_TIMEOUT;
	pid_t pid, self = getpid();
	const char *why;
	int fds[2];

	if (pipe(fds) == -1)
		return strerror(errno);
	if ((pid = fork()) == 0)
		run(program, argv, fds[1], self);
	why = pid == -1 ? strerror(errno) : NULL;
	close(fds[1]);
	if (pid != -1)
		why = read_output(fds[0], text, deadline);
	close(fds[0]);
	if (why == NULL && !process_wait(pid, deadline, info))
		why = TOO_LONG;
	if (why != NULL && pid != -1) {
		kill(pid, SIGKILL);
		process_wait(pid, clock_now() + REAP_GRACE, info);
	}
	return why;
}

/* --- the answer of haild-tls --- */

/* An error in a file is not an error in the text of the configuration. */
#define report_file(l, origin, ...)                          \
	do {                                                 \
		loader_error_at((l), (origin), __VA_ARGS__); \
		(l)->lacking++;                              \
	} while (0)

/* A message begins with the setting that it is about, in quotes. */
static const struct origin *
message_origin(const struct loader *l, const char *text)
{
	const struct setting *s;
	char name[64];

	if (sscanf(text, "\"%63[a-z-]\"", name) == 1 &&
	    (s = setting_find(name, true)) != NULL &&
	    l->origins[s - settings].file != NULL)
		return &l->origins[s - settings];
	return ORIGIN(l, "tls-certificate");
}

/* Services may share files: the first one reports. */
static void
warn(struct loader *l, const char *text)
{
	char *said;

	if (l->said != NULL && strstr(l->said, text) != NULL)
		return;
	loader_report(l, false, message_origin(l, text), "%s", text);
	said = memory_printf("%s%s\n", l->said != NULL ? l->said : "", text);
	free(l->said);
	l->said = said;
}

static void
fail(struct loader *l, const char *text)
{
	report_file(l, message_origin(l, text), "%s", text);
}

static void
advise(struct loader *l, const char *text)
{
	if (l->source->advise)
		warn(l, text);
}

/* The daemon may have other privileges than "haild -t". */
static void
deny(struct loader *l, const char *text)
{
	if (l->source->advise)
		warn(l, text);
	else
		fail(l, text);
}

static const struct {
	const char *prefix;
	void (*report)(struct loader *l, const char *text);
	bool fails;
} kinds[] = {
	{ "error: ", fail, true },
	{ "denied: ", deny, true },
	{ "warning: ", warn, false },
	{ "advice: ", advise, false },
};
#define NKINDS (sizeof(kinds) / sizeof(kinds[0]))

/* Take a line about the expiry of one of N certificates; it is changed. */
static bool
take_expiry(int64_t *expires, size_t n, char *line)
{
	const char *kind = strsep(&line, " "),
		   *certificate = strsep(&line, " ");
	int64_t i;

	return n > 0 && line != NULL && strcmp(kind, "expires:") == 0 &&
	    number_parse(certificate, 0, (int64_t)n - 1, &i) &&
	    number_parse(line, 0, INT64_MAX, &expires[i]);
}

/*
 * Report the lines of TEXT, and take the expiry of the N certificates.  Returns
 * the number of failures; -1: another line.
 */
static int
report_lines(
    struct loader *l, char *text, int64_t *expires, size_t certificates)
{
	char *line;
	size_t i, len;
	int n = 0;

	while ((line = strsep(&text, "\n")) != NULL) {
		for (i = 0, len = 0; i < NKINDS; i++) {
			len = strlen(kinds[i].prefix);
			if (strncmp(line, kinds[i].prefix, len) == 0)
				break;
		}
		if (i < NKINDS) {
			kinds[i].report(l, line + len);
			n += kinds[i].fails;
		} else if (line[0] != '\0' &&
		    !take_expiry(expires, certificates, line))
			return -1;
	}
	return n;
}

/* For the expiry of each certificate of SERVICE: all are -1. */
static int64_t *
make_expiry(struct loader *l, const struct service *service, size_t *n)
{
	int64_t *expires;

	for (*n = 0; service->tls_certificate[*n] != NULL; ++*n)
		continue;
	expires = arena_alloc(l->arena, *n * sizeof(*expires));
	memset(expires, 0xff, *n * sizeof(*expires));
	return expires;
}

static void
check_files(struct loader *l, struct service *service)
{
	char text[OUTPUT_MAX], end[PROCESS_END_MAX];
	const char *why;
	struct arguments a;
	siginfo_t info = { .si_code = 0 };
	size_t certificates;
	int64_t *expires = make_expiry(l, service, &certificates);
	int n = 0;

	make_arguments(&a, service);
	why = run_check(l->source->tls_program, a.list, text, &info);
	if (why == NULL &&
	    (n = report_lines(l, text, expires, certificates)) == -1)
		why = "it printed an invalid line";
	else if (why == NULL &&
	    (info.si_code != CLD_EXITED ||
		info.si_status != (n > 0 ? EX_CONFIG : EXIT_SUCCESS)))
		why = process_print_end(&info, end, sizeof(end));
	if (why != NULL)
		report_file(l, ORIGIN(l, "tls-certificate"),
		    "cannot check the files of service \"%s\" with haild-tls: "
		    "%s",
		    service->name, why);
	free_arguments(&a);
	service->tls_expires = expires;
}

/* Check that other users cannot replace the files, as for root's programs. */
static void
check_trust(struct loader *l, const struct service *service)
{
	const char *const *list;
	char why[TRUST_WHY_MAX];
	size_t i;

	for (i = 0; i < NLISTS; i++)
		for (list = get_list(service, i); *list != NULL; list++)
			if (trust_path(NULL, *list, why) == -1)
				report_file(l, ORIGIN(l, lists[i].setting),
				    "\"%s\": %s: %s", lists[i].setting, *list,
				    why);
}

void
tls_check_files(struct loader *l, struct service *service)
{
	const struct service *same;

	if (!service->tls || service->tls_certificate == NULL ||
	    service->tls_key == NULL)
		return;
	if ((same = find_checked(l, service, has_same_files)) != NULL)
		service->tls_expires = same->tls_expires;
	else {
		if (l->source->root)
			check_trust(l, service);
		if (l->source->tls_program > 0 &&
		    l->source->trial != TRIAL_NONE)
			check_files(l, service);
	}
	if (l->source->advise && service->tls_client != TLS_CLIENT_NONE &&
	    find_checked(l, service, has_same_identities) == NULL)
		tls_warn_of_identities(l, service);
}
