/*
 * check_trust.c -- whether others could change what root reads or executes.
 */

#include "tests/unit/unit.h"

#include <sys/stat.h>
#include <sys/xattr.h>

#include <elf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load/trust.h"

#define EVERYONE "is writable by everyone: chmod o-w it"
#define GROUP "is writable by its group, which is not root's: chmod g-w it"
#define OWNER "belongs to uid 1, and haild runs as root: chown it"

static char why[TRUST_WHY_MAX], cwd[256];

/* d/file, and d/link to it. */
static void
enter(void)
{
	unit_enter_dir();
	ck_assert_ptr_nonnull(getcwd(cwd, sizeof(cwd)));
	ck_assert_int_eq(mkdir("d", 0755), 0);
	unit_write_file("d/file", "text");
	ck_assert_int_eq(chmod("d/file", 0644), 0);
	ck_assert_int_eq(symlink("file", "d/link"), 0);
}

static void
set_mode(const char *path, mode_t mode)
{
	ck_assert_int_eq(chmod(path, mode), 0);
}

static void
give(const char *path, uid_t uid, gid_t gid)
{
	ck_assert_int_eq(lchown(path, uid, gid), 0);
}

/* PATH is refused with WANT, in which "@" is the current directory. */
static void
refuses(const char *path, const char *want)
{
	const char *at = strchr(want, '@');
	char text[TRUST_WHY_MAX];

	if (at == NULL)
		strlcpy(text, want, sizeof(text));
	else
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - want), want,
		    cwd, at + 1);
	why[0] = '\0';
	ck_assert_int_eq(trust_path(NULL, path, why), -1);
	ck_assert_str_eq(why, text);
}

static void
accepts(const char *path)
{
	ck_assert_msg(trust_path(NULL, path, why) == 0, "%s: %s", path, why);
}

START_TEST(a_file_writable_by_its_owner)
{
	char absolute[300];

	accepts("d/file");
	accepts("d/link");
	accepts("./d//../d/./file");
	snprintf(absolute, sizeof(absolute), "%s/d/file", cwd);
	accepts(absolute);
	accepts("d");
	accepts("/");
}
END_TEST

START_TEST(a_missing_path_is_another_error)
{
	accepts("d/none");
	accepts("none/file");
	accepts("d/file/x");
	ck_assert_int_eq(symlink("none", "d/nowhere"), 0);
	accepts("d/nowhere");
	ck_assert_int_eq(symlink("loop", "d/loop"), 0);
	accepts("d/loop");
}
END_TEST

START_TEST(a_file_writable_by_everyone)
{
	set_mode("d/file", 0646);
	refuses("d/file", EVERYONE);
	refuses("d/link", EVERYONE);
}
END_TEST

START_TEST(a_directory_writable_by_everyone)
{
	set_mode("d", 0777);
	refuses("d", EVERYONE);
	refuses("d/file", "directory @/d " EVERYONE);
	refuses("d/link", "directory @/d " EVERYONE);
	ck_assert_int_eq(symlink("d/file", "outside"), 0);
	refuses("outside", "directory @/d " EVERYONE);
}
END_TEST

/* Others can add files to it, but not replace those of root. */
START_TEST(a_sticky_directory)
{
	set_mode("d", 01777);
	accepts("d/file");
	accepts("d/link");
	refuses("d", EVERYONE);
}
END_TEST

START_TEST(a_file_writable_by_a_group)
{
	set_mode("d/file", 0664);
	give("d/file", 0, 0);
	accepts("d/file");
	give("d/file", 0, 1);
	refuses("d/file", GROUP);
	set_mode("d/file", 0644);
	accepts("d/file");
	give("d", 0, 1);
	set_mode("d", 0775);
	refuses("d/file", "directory @/d " GROUP);
	refuses("d/link", "directory @/d " GROUP);
}
END_TEST

/* acl(5): user 1 may write, which the mode shows as the group's right. */
static const struct {
	uint32_t version;
	struct {
		uint16_t tag, rights;
		uint32_t id;
	} entries[5];
} acl = { 2,
	{ { 0x01, 6, 0 }, { 0x02, 6, 1 }, { 0x04, 4, 0 }, { 0x10, 6, 0 },
	    { 0x20, 4, 0 } } };

static bool
set_acl(const char *path)
{
	return setxattr(
		   path, "system.posix_acl_access", &acl, sizeof(acl), 0) == 0;
}

/* Whether the file system of the tests has such lists. */
static bool
has_acls(void)
{
	char path[] = "/tmp/check_trust.XXXXXX";
	int fd = mkstemp(path);
	bool has = fd != -1 && set_acl(path);

	if (fd != -1) {
		close(fd);
		unlink(path);
	}
	return has;
}

START_TEST(an_access_control_list)
{
	give("d/file", 0, 0);
	ck_assert(set_acl("d/file"));
	refuses("d/file",
	    "is writable by others with its access control list: setfacl -b "
	    "it");
	/* The mask limits it. */
	set_mode("d/file", 0644);
	accepts("d/file");
}
END_TEST

START_TEST(a_file_of_another_user)
{
	give("d/link", 1, 1);
	refuses("d/link", "symbolic link @/d/link " OWNER);
	accepts("d/file");
	give("d/file", 1, 1);
	refuses("d/file", OWNER);
	give("d/file", 0, 0);
	give("d", 1, 1);
	refuses("d/file", "directory @/d " OWNER);
	set_mode("d", 01777);
	refuses("d/file", "directory @/d " OWNER);
}
END_TEST

/* An absolute link inside a root directory leads to a file in it. */
START_TEST(inside_a_root_directory)
{
	char root[300];

	snprintf(root, sizeof(root), "%s/d", cwd);
	ck_assert_int_eq(symlink("/file", "d/absolute"), 0);
	ck_assert_int_eq(symlink("../../../../file", "d/above"), 0);
	ck_assert_int_eq(trust_program(root, "/absolute", why), 0);
	set_mode("d/file", 0666);
	ck_assert_int_eq(trust_program(root, "/absolute", why), -1);
	ck_assert_str_eq(why, EVERYONE);
	ck_assert_int_eq(trust_program(root, "/above", why), -1);
	ck_assert_str_eq(why, EVERYONE);
	set_mode("d/file", 0644);
	set_mode("d", 0777);
	ck_assert_int_eq(trust_program(root, "/absolute", why), -1);
	ck_assert_str_eq(why, "its root directory " EVERYONE);
}
END_TEST

START_TEST(the_interpreter_of_a_script)
{
	char text[400], want[500];

	snprintf(text, sizeof(text), "#! %s/d/file -x\n", cwd);
	unit_write_file("script", text);
	ck_assert_int_eq(trust_program(NULL, "script", why), 0);
	set_mode("d/file", 0666);
	ck_assert_int_eq(trust_program(NULL, "script", why), -1);
	snprintf(
	    want, sizeof(want), "its interpreter %s/d/file " EVERYONE, cwd);
	ck_assert_str_eq(why, want);
	/* Not one, or none that the kernel would execute. */
	unit_write_file("script", "#!");
	ck_assert_int_eq(trust_program(NULL, "script", why), 0);
	unit_write_file("script", "x");
	ck_assert_int_eq(trust_program(NULL, "script", why), 0);
}
END_TEST

/* A script, run by a script, run by a binary, run by a dynamic loader. */
START_TEST(the_interpreter_of_an_interpreter)
{
	const Elf64_Ehdr elf = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2,
				     ELFMAG3, ELFCLASS64 },
		.e_phoff = sizeof(elf),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 1 };
	const Elf64_Phdr header = { .p_type = PT_INTERP,
		.p_offset = sizeof(elf) + sizeof(header),
		.p_filesz = sizeof("/file") };
	char root[300];
	FILE *f;

	unit_write_file("d/script", "#!/second\n");
	unit_write_file("d/second", "#!/link-to-binary\n");
	/* An absolute link leads to a file in the root directory. */
	ck_assert_int_eq(symlink("/binary", "d/link-to-binary"), 0);
	ck_assert_ptr_nonnull(f = fopen("d/binary", "w"));
	ck_assert_uint_eq(fwrite(&elf, sizeof(elf), 1, f), 1);
	ck_assert_uint_eq(fwrite(&header, sizeof(header), 1, f), 1);
	ck_assert_uint_eq(fwrite("/file", sizeof("/file"), 1, f), 1);
	ck_assert_int_eq(fclose(f), 0);
	set_mode("d/script", 0755);
	set_mode("d/second", 0755);
	set_mode("d/binary", 0755);
	snprintf(root, sizeof(root), "%s/d", cwd);
	ck_assert_int_eq(trust_program(root, "/script", why), 0);
	set_mode("d/file", 0666);
	ck_assert_int_eq(trust_program(root, "/script", why), -1);
	ck_assert_str_eq(why, "its interpreter /file " EVERYONE);
	set_mode("d/file", 0644);
	set_mode("d/binary", 0777);
	ck_assert_int_eq(trust_program(root, "/script", why), -1);
	ck_assert_str_eq(why, "its interpreter /link-to-binary " EVERYONE);
	/* For ever. */
	unit_write_file("d/second", "#!/second\n");
	ck_assert_int_eq(trust_program(root, "/script", why), 0);
}
END_TEST

static void
add(TCase *tc)
{
	bool root = geteuid() == 0;

	tcase_add_checked_fixture(tc, enter, unit_leave_dir);
	tcase_add_test(tc, a_file_writable_by_its_owner);
	tcase_add_test(tc, a_missing_path_is_another_error);
	tcase_add_test(tc, a_file_writable_by_everyone);
	tcase_add_test(tc, a_directory_writable_by_everyone);
	tcase_add_test(tc, a_sticky_directory);
	UNIT_ADD_IF(root, tc, a_file_writable_by_a_group, "needs root");
	UNIT_ADD_IF(root && has_acls(), tc, an_access_control_list,
	    "needs root and access control lists");
	UNIT_ADD_IF(root, tc, a_file_of_another_user, "needs root");
	tcase_add_test(tc, inside_a_root_directory);
	tcase_add_test(tc, the_interpreter_of_a_script);
	tcase_add_test(tc, the_interpreter_of_an_interpreter);
}

int
main(void)
{
	return unit_run("trust", add);
}
