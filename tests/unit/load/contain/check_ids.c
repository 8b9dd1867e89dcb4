/*
 * check_ids.c -- user IDs that the system uses, and sets of them.
 */

#include "tests/unit/unit.h"

#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "load/contain/ids.h"

START_TEST(what_overlaps_is_found)
{
	struct ranges r = { 0 };
	const struct range *found;

	ck_assert_ptr_null(ranges_find(&r, 0, UINT32_MAX));
	ranges_add(&r, "a", 10, 19);
	ranges_add(&r, "b", 30, 30);
	ranges_add(&r, "c", 31, 40);
	ck_assert_ptr_null(ranges_find(&r, 0, 9));
	ck_assert_ptr_null(ranges_find(&r, 20, 29));
	ck_assert_ptr_null(ranges_find(&r, 41, UINT32_MAX));
	ck_assert_str_eq(ranges_find(&r, 0, 10)->name, "a");
	ck_assert_str_eq(ranges_find(&r, 19, 29)->name, "a");
	found = ranges_find(&r, 20, 30);
	ck_assert_str_eq(found->name, "b");
	ck_assert_int_eq(found->first, 30);
	ck_assert_int_eq(found->last, 30);
	ranges_free(&r);
	ck_assert_uint_eq(r.n, 0);
}
END_TEST

START_TEST(gaps)
{
	struct ranges r = { 0 };

	ck_assert_int_eq(ranges_gap(&r, 5, 5), 5);
	ranges_add(&r, "", 10, 19);
	ranges_add(&r, "", 0, 4);
	ranges_add(&r, "", 20, 29);
	ck_assert_int_eq(ranges_gap(&r, 10, 29), -1);
	ck_assert_int_eq(ranges_gap(&r, 0, 4), -1);
	ck_assert_int_eq(ranges_gap(&r, 0, 29), 5);
	ck_assert_int_eq(ranges_gap(&r, 15, 30), 30);
	ranges_free(&r);
}
END_TEST

START_TEST(users_of_the_system)
{
	struct ranges users = { 0 }, groups = { 0 };

	ids_add_users(&users);
	ids_add_groups(&groups);
	ck_assert_str_eq(ranges_find(&users, 0, 0)->name, "root");
	ck_assert_str_eq(ranges_find(&groups, 0, 0)->name, "root");
	ranges_free(&users);
	ranges_free(&groups);
}
END_TEST

START_TEST(subordinate_ids)
{
	struct ranges r = { 0 };

	unit_write_file("subuid",
	    "# a comment:1:2\nalice:100000:65536\n\nbob:165536:1\n"
	    "wrong:line\nnone:5:0\n");
	ids_add_subordinate(&r, "missing");
	ck_assert_uint_eq(r.n, 0);
	ids_add_subordinate(&r, "subuid");
	ck_assert_uint_eq(r.n, 2);
	ck_assert_str_eq(ranges_find(&r, 165535, 165535)->name, "alice");
	ck_assert_str_eq(ranges_find(&r, 165536, 165536)->name, "bob");
	ck_assert_ptr_null(ranges_find(&r, 165537, UINT32_MAX));
	ranges_free(&r);
}
END_TEST

START_TEST(mapped_ids)
{
	struct ranges r = { 0 };

	unit_write_file("map",
	    "         0       1000          1\n"
	    "         1     100000      65536\n");
	ids_add_mapped(&r, "map");
	ck_assert_int_eq(ranges_gap(&r, 0, 65536), -1);
	ck_assert_int_eq(ranges_gap(&r, 65000, 70000), 65537);
	ranges_free(&r);
	/* Without /proc nothing is known. */
	ids_add_mapped(&r, "missing");
	ck_assert_int_eq(ranges_gap(&r, 0, UINT32_MAX), -1);
	ranges_free(&r);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, unit_enter_dir, unit_leave_dir);
	tcase_add_test(tc, what_overlaps_is_found);
	tcase_add_test(tc, gaps);
	tcase_add_test(tc, users_of_the_system);
	tcase_add_test(tc, subordinate_ids);
	tcase_add_test(tc, mapped_ids);
}

int
main(void)
{
	return unit_run("ids", add);
}
