/*
 * The relays of these tests only report what they were given.
 */

#include "tests/unit/tls/world.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <gnutls/crypto.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "tests/unit/logged.h"
#include "tls/server/keeper.h"
#include "tls/relay.h"
#include "tls/server/signer.h"
#include "tls/server/warm.h"

#define TEXT_SIZE 16

struct report {
	unsigned char randoms[3][16];			  /* of each level */
	char identities[RELAY_IDENTITIES_MAX][TEXT_SIZE]; /* "-": untrusted */
	uint32_t nidentities, nfds, pid, parent;
	uint32_t has_arena, signature;
	struct addr local;
	char service[TEXT_SIZE];
};

static const struct message_kind reports[] = {
	{ 1, sizeof(struct report), sizeof(struct report), 0 },
	{ 0, 0, 0, 0 },
};

/* --- the relay --- */

static uint32_t
count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	uint32_t n = 0;

	if (dir == NULL)
		return 0;
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n - 3; /* ".", ".." and its own */
}

static uint32_t
has_arena(void)
{
	static char line[4096];
	FILE *f = fopen("/proc/self/maps", "r");
	uint32_t found = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strstr(line, "haild configuration") != NULL)
			found = 1;
	if (f != NULL)
		fclose(f);
	return f == NULL ? 2 : found;
}

static uint32_t
get_signature(int fd)
{
	struct signer_sign r = {
		.version = 0x0304, .scheme = 0x0403, .length = 32
	};
	unsigned char signature[SIGNER_SIGNATURE_MAX];
	int n = signer_request(fd, &r, signature);

	return n > 0 ? (uint32_t)n : 0;
}

void
relay_run(const struct relay_start *r)
{
	struct report report;
	unsigned int i;

	memset(&report, 0, sizeof(report));
	report.nfds = count_descriptors();
	report.has_arena = has_arena();
	for (i = 0; i < 3; i++)
		gnutls_rnd((gnutls_rnd_level_t)i, report.randoms[i],
		    sizeof(report.randoms[i]));
	report.nidentities = r->nidentities;
	for (i = 0; i < r->nidentities; i++)
		if (r->identities[i] == -1)
			strlcpy(report.identities[i], "-", TEXT_SIZE);
		else if (read(r->identities[i], report.identities[i],
			     TEXT_SIZE - 1) < 0)
			_exit(1);
	report.pid = (uint32_t)getpid();
	report.parent = (uint32_t)getppid();
	report.local = r->local;
	report.signature = get_signature(r->signer);
	strlcpy(report.service, r->service->name, TEXT_SIZE);
	if (message_send(r->channel, 1, &report, sizeof(report), 0) == -1)
		_exit(2);
	_exit(r->client.slot == 7 ? 7 : 0);
}

/* --- daemon, keeper and signer --- */

static const char *const certificates[] = { "p256.crt", NULL };
static const char *keys[] = { "p256.key", NULL };

static int daemon_end = -1;
static pid_t keeper, signer;

static void
make_pair(int pair[2])
{
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
}

static struct service
tls_service(void)
{
	return (struct service) { .name = "web",
		.file = "test.conf",
		.line = 3,
		.tls = true,
		.tls_certificate = certificates,
		.tls_key = keys };
}

static void
start(const char *const *identities)
{
	struct service all[2] = { { .name = "plain" }, tls_service() };
	int root = world_root(), daemon[2], both[2];
	struct arena arena;

	log_to_file();
	all[1].identities = identities;
	pair_write_kind(&kinds[P256], "p256");
	make_pair(daemon);
	make_pair(both);
	daemon_end = daemon[0];
	world_seal(&arena, all, 2);
	signer =
	    world_start(signer_run, &arena, dup(both[1]), both[0], &root, 1);
	keeper = world_start(keeper_run, &arena, daemon[1], daemon_end,
	    (const int[]) { both[0], root }, 2);
	close(both[0]);
	close(both[1]);
}

static enum message_result
receive(uint32_t type, void *payload, size_t size)
{
	struct message m;

	return message_receive(
	    daemon_end, keeper_kinds, MESSAGE_BIT(type), &m, payload, size, 0);
}

static void
start_ready(const char *const *identities)
{
	start(identities);
	ck_assert_int_eq(receive(KEEPER_READY, NULL, 0), MESSAGE_OK);
}

/* Send a client of SERVICE with SLOT.  Returns the daemon's end for a relay. */
static int
send_client(uint32_t service, uint32_t slot)
{
	struct keeper_client c = { .slot = slot, .serial = 9 };
	int client[2], channel[2];

	c.service = service;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, client), 0);
	make_pair(channel);
	ck_assert_int_eq(
	    message_send_fds(daemon_end, KEEPER_CLIENT, &c, sizeof(c),
		(const int[]) { client[0], channel[1] }, 2, 0),
	    0);
	close(client[0]);
	close(channel[1]);
	return channel[0];
}

static struct report
serve(uint32_t slot)
{
	int channel = send_client(1, slot);
	struct keeper_relay relay;
	struct report report;
	struct message m;

	ck_assert_int_eq(
	    receive(KEEPER_RELAY, &relay, sizeof(relay)), MESSAGE_OK);
	ck_assert_int_eq(relay.error, 0);
	ck_assert_uint_eq(relay.slot, slot);
	ck_assert_uint_eq(relay.serial, 9);
	ck_assert_int_eq(message_receive(channel, reports, MESSAGE_BIT(1), &m,
			     &report, sizeof(report), 0),
	    MESSAGE_OK);
	ck_assert_int_eq((pid_t)report.pid, relay.pid);
	expect_exit(relay.pid, slot == 7 ? 7 : 0);
	close(channel);
	return report;
}

static void
stop(void)
{
	close(daemon_end);
	expect_exit(keeper, EXIT_SUCCESS);
	expect_exit(signer, EXIT_SUCCESS);
}

/* --- tests --- */

START_TEST(a_relay_is_a_child_of_the_daemon)
{
	struct report r;

	start_ready(NULL);
	r = serve(7);
	ck_assert_int_eq((pid_t)r.parent, getpid());
	ck_assert_str_eq(r.service, "web");
	ck_assert_int_eq(r.local.sa.sa_family, AF_UNIX);
	ck_assert_uint_gt(r.signature, 0);
	stop();
	ck_assert_str_eq(logged(), "");
}
END_TEST

/* The library notices no clone(2): all relays would have the same keys. */
START_TEST(relays_have_different_random_numbers)
{
	struct report a, b;
	int level;

	start_ready(NULL);
	a = serve(1);
	b = serve(2);
	for (level = 0; level < 3; level++)
		ck_assert_mem_ne(
		    a.randoms[level], b.randoms[level], sizeof(a.randoms[0]));
	stop();
}
END_TEST

/*
 * 0, 1, 2, the client's socket, the channel, the signer's pair, the file; and
 * under root an empty directory.
 */
START_TEST(a_relay_has_nothing_of_the_keeper)
{
	static const char *const files[] = { "ids", NULL };
	struct report r;

	unit_write_file("ids", "one");
	chmod("ids", 0600);
	chmod(".", 0755);
	start_ready(files);
	r = serve(1);
	ck_assert_uint_eq(r.nidentities, 1);
	ck_assert_uint_eq(r.nfds, geteuid() == 0 ? 8 : 7);
	ck_assert_uint_eq(r.has_arena, 0);
	stop();
}
END_TEST

START_TEST(files_of_identities_are_opened_if_they_can_be_trusted)
{
	static const char *const files[] = { "good", "none", "group", "link",
		"directory", "open/file", "fifo", NULL };
	struct report r;
	unsigned int i;

	unit_write_file("good", "one");
	chmod("good", 0644);
	unit_write_file("group", "two");
	chmod("group", 0664);
	ck_assert_int_eq(symlink("good", "link"), 0);
	ck_assert_int_eq(mkdir("directory", 0755), 0);
	ck_assert_int_eq(mkdir("open", 0755), 0);
	unit_write_file("open/file", "three");
	chmod("open/file", 0644);
	ck_assert_int_eq(chmod("open", 0777), 0);
	ck_assert_int_eq(mkfifo("fifo", 0644), 0);
	chmod(".", 0755);
	start_ready(files);
	r = serve(1);
	/* "none" does not exist, and is left out. */
	ck_assert_uint_eq(r.nidentities, 6);
	ck_assert_str_eq(r.identities[0], "one");
	for (i = 1; i < r.nidentities; i++)
		ck_assert_str_eq(r.identities[i], "-");
	/* One line a second, though there were five. */
	ck_assert_str_eq(logged(),
	    "test: cannot use identities \"group\": group or others can write "
	    "to it or to its directory\n");
	/* They are read anew for each client. */
	chmod("group", 0644);
	ck_assert_int_eq(rename("good", "other"), 0);
	unit_write_file("none", "now");
	chmod("none", 0644);
	r = serve(2);
	ck_assert_str_eq(r.identities[0], "now");
	ck_assert_str_eq(r.identities[1], "two");
	stop();
}
END_TEST

START_TEST(a_file_of_another_user_is_not_trusted)
{
	static const char *const files[] = { "own", "enrolment/file", "foreign",
		NULL };
	struct report r;

	unit_write_file("own", "root");
	unit_write_file("foreign", "foreign");
	ck_assert_int_eq(mkdir("enrolment", 0755), 0);
	unit_write_file("enrolment/file", "enrolled");
	ck_assert_int_eq(chown("enrolment", 65534, 65534), 0);
	ck_assert_int_eq(chown("enrolment/file", 65534, 65534), 0);
	ck_assert_int_eq(chown("foreign", 65534, 65534), 0);
	chmod("own", 0644);
	chmod("foreign", 0644);
	chmod("enrolment/file", 0644);
	chmod(".", 0755);
	start_ready(files);
	r = serve(1);
	ck_assert_str_eq(r.identities[0], "root");
	ck_assert_str_eq(r.identities[1], "enrolled");
	ck_assert_str_eq(r.identities[2], "-");
	stop();
}
END_TEST

START_TEST(a_client_of_no_service_gets_no_relay)
{
	static const uint32_t wrong[] = { 0, 2, UINT32_MAX };
	struct keeper_relay relay;
	size_t i;

	start_ready(NULL);
	for (i = 0; i < COUNT(wrong); i++) {
		close(send_client(wrong[i], 3));
		ck_assert_int_eq(
		    receive(KEEPER_RELAY, &relay, sizeof(relay)), MESSAGE_OK);
		ck_assert_int_eq(relay.pid, 0);
		ck_assert_int_eq(relay.error, EINVAL);
		ck_assert_uint_eq(relay.slot, 3);
	}
	serve(1);
	stop();
}
END_TEST

START_TEST(clients_wait_until_the_keeper_is_ready)
{
	struct keeper_relay relay;
	int channel;

	start(NULL);
	channel = send_client(1, 1);
	ck_assert_int_eq(receive(KEEPER_READY, NULL, 0), MESSAGE_OK);
	ck_assert_int_eq(
	    receive(KEEPER_RELAY, &relay, sizeof(relay)), MESSAGE_OK);
	ck_assert_int_gt(relay.pid, 0);
	expect_exit(relay.pid, 0);
	close(channel);
	stop();
}
END_TEST

START_TEST(it_ends_with_the_signer)
{
	start_ready(NULL);
	ck_assert_int_eq(kill(signer, SIGKILL), 0);
	unit_wait(signer);
	expect_exit(keeper, EX_UNAVAILABLE);
	ck_assert_str_eq(logged(), "test: keeper: the signer has ended\n");
}
END_TEST

/* The pair of another certificate: the keeper sees no keys, the signer does. */
START_TEST(it_is_not_ready_if_the_signer_fails)
{
	keys[0] = "other.key";
	pair_write_kind(&kinds[P256], "other");
	start(NULL);
	ck_assert_int_eq(receive(KEEPER_READY, NULL, 0), MESSAGE_END);
	expect_exit(keeper, EX_UNAVAILABLE);
	expect_exit(signer, EX_CONFIG);
}
END_TEST

START_TEST(the_trial_handshake_succeeds)
{
	ck_assert_int_eq(tls_warm(), 0);
}
END_TEST

static void
add(TCase *tc)
{
	bool native = !unit_is_valgrind();

	tcase_add_checked_fixture(tc, unit_enter_dir, unit_leave_dir);
	UNIT_ADD_IF(native, tc, a_relay_is_a_child_of_the_daemon,
	    "cannot run under valgrind");
	UNIT_ADD_IF(native, tc, relays_have_different_random_numbers,
	    "cannot run under valgrind");
	UNIT_ADD_IF(native, tc, a_relay_has_nothing_of_the_keeper,
	    "cannot run under valgrind");
	UNIT_ADD_IF(native, tc,
	    files_of_identities_are_opened_if_they_can_be_trusted,
	    "cannot run under valgrind");
	UNIT_ADD_IF(native && geteuid() == 0, tc,
	    a_file_of_another_user_is_not_trusted,
	    native ? "needs root" : "cannot run under valgrind");
	UNIT_ADD_IF(native, tc, a_client_of_no_service_gets_no_relay,
	    "cannot run under valgrind");
	UNIT_ADD_IF(native, tc, clients_wait_until_the_keeper_is_ready,
	    "cannot run under valgrind");
	UNIT_ADD_IF(
	    native, tc, it_ends_with_the_signer, "cannot run under valgrind");
	UNIT_ADD_IF(native, tc, it_is_not_ready_if_the_signer_fails,
	    "cannot run under valgrind");
	tcase_add_test(tc, the_trial_handshake_succeeds);
}

int
main(int argc, char **argv)
{
	setproctitle_init(argc, argv, environ);
	return unit_run("tls/server/keeper", add);
}
