// SPDX-License-Identifier: GPL-2.0
/*
 * word_check.c - each word of the command line is looked at when the machine starts.
 * One that no option takes goes to init, as with any Linux; but mostly it is one that
 * was misspelled, so that is said. And a number that a parameter can't take ends the
 * process, where the kernel would only say so in its log.
 */
#include <linux/ctype.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/string.h>
#include <linux/sysctl.h>
#include <init.h>
#include <os.h>
#include <uml/start.h>

#define NAME_MAX_LEN 128

extern const struct obs_kernel_param __setup_start[], __setup_end[];
extern const struct kernel_param __start___param[], __stop___param[];

/* What init takes: the embedded root's, sysvinit's and systemd's words */
static const char * const init_words[] __initconst = {
	"demo", "auto", "single", "S", "s", "emergency", "rescue", "fastboot",
	"forcefsck", "splash",
};

/* Options that a number or a letter follows; what is wrong there was found elsewhere */
static const char * const unit_options[] __initconst = { "con", "ssl", "eth", "vec", "ubd" };

/* Parameters that only store a number */
static const struct kernel_param_ops * const number_ops[] __initconst = {
	&param_ops_byte, &param_ops_short, &param_ops_ushort, &param_ops_int,
	&param_ops_uint, &param_ops_long, &param_ops_ulong, &param_ops_ullong,
	&param_ops_hexint, &param_ops_bool, &param_ops_invbool,
};

/* The user has said what is init, so bare words are for that */
static bool init_chosen __initdata;

static bool __init word_in(const char *word, const char * const *list, int count)
{
	while (count--)
		if (!strcmp(word, *list++))
			return true;
	return false;
}

static bool __init unit_option_is(const char *name)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(unit_options); i++)
		if (strstarts(name, unit_options[i]) &&
		    (!name[3] || isdigit(name[3]) || name[3] == ':' || !strcmp("ubd", unit_options[i])))
			return true;
	return false;
}

/* An option's own name, without the "=" that some tables have at its end */
static bool __init option_is(const char *option, const char *name)
{
	size_t len = strlen(option);

	if (len && option[len - 1] == '=')
		len--;
	return len && strlen(name) == len && parameqn(option, name, len);
}

static bool __init option_known(const char *name)
{
	const struct obs_kernel_param *setup;
	const struct uml_param *uml;

	for (setup = __setup_start; setup < __setup_end; setup++)
		if (option_is(setup->str, name))
			return true;
	for (uml = &__uml_setup_start; uml < &__uml_setup_end; uml++)
		if (option_is(uml->str, name))
			return true;
	return unit_option_is(name);
}

/* @family: set if some parameter belongs to the same part of the kernel as name would */
static const struct kernel_param *__init parameter_find(const char *name, bool *family)
{
	const char *dot = strchr(name, '.');
	const struct kernel_param *param;

	*family = false;
	for (param = __start___param; param < __stop___param; param++) {
		if (parameq(name, param->name))
			return param;
		if (dot && parameqn(name, param->name, dot - name + 1))
			*family = true;
	}
	return NULL;
}

/* Returns whether the parameter would take the value; nothing changes. */
static bool __init number_fits(const struct kernel_param *param, const char *value)
{
	u64 scratch = 0;
	struct kernel_param try = {
		.name = param->name, .mod = param->mod, .ops = param->ops,
		.perm = param->perm, .level = param->level, .flags = param->flags,
		.arg = &scratch,
	};

	return param->ops->set(value, &try) == 0;
}

static void __init number_check(const struct kernel_param *param, const char *word,
				const char *value)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(number_ops); i++)
		if (param->ops == number_ops[i])
			break;
	if (i == ARRAY_SIZE(number_ops))
		return;
	if (!value && (param->ops->flags & KERNEL_PARAM_OPS_FL_NOARG))
		return;
	if (!value || !number_fits(param, value))
		start_fail("%s: %s is wanted", word,
			   param->ops->flags & KERNEL_PARAM_OPS_FL_NOARG ? "y or n" : "a number");
}

/* Upper case, as what is meant for the environment */
static bool __init variable_is(const char *name)
{
	for (; *name; name++)
		if (!isupper(*name) && !isdigit(*name) && *name != '_')
			return false;
	return true;
}

/* Nothing here takes it. Returns whether that is as it should be. */
static bool __init for_init(const char *name, bool has_value)
{
	if (has_value)
		return variable_is(name);
	return init_chosen || (*name == '-' && name[1] != '-') ||
		(isdigit(*name) && !name[1]) ||
		word_in(name, init_words, ARRAY_SIZE(init_words));
}

static int __init word_check(char *word, int *add)
{
	char name[NAME_MAX_LEN], *value = strchr(word, '=');
	size_t len = strcspn(word, "=");
	const struct kernel_param *param;
	bool family;

	if (!*word || len >= sizeof(name) || strchr(word, ' '))
		return 0;
	memcpy(name, word, len);
	name[len] = '\0';
	param = parameter_find(name, &family);
	if (param) {
		number_check(param, word, value ? value + 1 : NULL);
		return 0;
	}
	if (!strcmp(name, "init") || !strcmp(name, "rdinit"))
		init_chosen = true;
	if (option_known(name) || sysctl_is_alias(name) || !strcmp(name, "BOOT_IMAGE") ||
	    !strcmp(name, "kexec"))
		return 0;
	if (strchr(name, '.')) {
		/* of a module perhaps, or for systemd */
		if (family && !strstr(name, ".dyndbg") && !strstr(name, ".async_probe"))
			os_warn("linux: warning: there is no option %s, '%s' does nothing\n",
				name, word);
		return 0;
	}
	if (!for_init(name, value))
		os_warn("linux: warning: there is no option %s, '%s' is passed to init\n",
			name, word);
	return 0;
}

/* It has no name of its own: all words come here, but for those after "--". */
START_CHECK(word, "", word_check);
