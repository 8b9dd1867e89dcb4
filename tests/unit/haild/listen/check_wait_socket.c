/*
 * check_wait_socket.c -- when the child of a wait service may be started again.
 */

#include "tests/unit/unit.h"

#include "haild/listen/wait_socket.h"
#include "lib/io.h"

static struct wait_socket one, another;

/* A start that ends at NOW; returns the pause after it. */
static int64_t
start(struct wait_socket *w, int64_t now)
{
	int64_t pause;

	w->pid = 800;
	pause = wait_socket_returned(w, now);
	ck_assert_int_eq(w->pid, 0);
	return pause;
}

START_TEST(many_starts_are_paced)
{
	static const int64_t pauses[] = { 1, 2, 4, 8, 16, 32, 60, 60 };
	int64_t now = SECOND;
	size_t i;

	for (i = 1; i < WAIT_SOCKET_STARTS; i++)
		ck_assert_int_eq(start(&one, now), 0);
	for (i = 0; i < COUNT(pauses); i++)
		ck_assert_int_eq(start(&one, now), pauses[i] * SECOND);
	/* each socket for itself */
	ck_assert_int_eq(start(&another, now), 0);
	/* and from zero after a minute */
	now += WAIT_SOCKET_PERIOD;
	ck_assert_int_eq(start(&one, now), 60 * SECOND);
	ck_assert_int_eq(start(&one, now + 1), 0);
}
END_TEST

START_TEST(few_starts_are_not)
{
	int64_t now = SECOND;
	int i;

	for (i = 0; i < 10 * WAIT_SOCKET_STARTS; i++) {
		now += WAIT_SOCKET_PERIOD / (WAIT_SOCKET_STARTS - 2);
		ck_assert_int_eq(start(&one, now), 0);
	}
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, many_starts_are_paced);
	tcase_add_test(tc, few_starts_are_not);
}

int
main(void)
{
	return unit_run("wait_socket", add);
}
