// SPDX-License-Identifier: GPL-2.0
/*
 * mconsole_device.c - config and remove: devices by the names that they have on the
 * command line. Drivers register themselves (mconsole_kern.h).
 */
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include "mconsole_kern.h"

static DEFINE_SPINLOCK(devices_lock);
static LIST_HEAD(devices);

void mconsole_register_dev(struct mc_device *device)
{
	spin_lock(&devices_lock);
	list_add_tail(&device->list, &devices);
	spin_unlock(&devices_lock);
}

/* The driver of "con3=..."; *rest is what is behind its name. None ever goes. */
static struct mc_device *device_find(char *text, char **rest)
{
	struct mc_device *device;

	list_for_each_entry(device, &devices, list) {
		*rest = text + strlen(device->name);
		if (!strncmp(text, device->name, strlen(device->name)))
			return device;
	}
	return NULL;
}

/* get_config() says how long its text is, and writes it if there is room. */
static void config_show(struct mc_request *req, struct mc_device *device, char *unit)
{
	char *error = NULL, *text = NULL;
	int size = 64, length;

	if (!device->get_config) {
		mconsole_reply(req, "No get_config routine defined", 1, 0);
		return;
	}
	for (;;) {
		text = kzalloc(size, GFP_KERNEL);
		if (!text) {
			mconsole_reply(req, "Failed to allocate buffer", 1, 0);
			return;
		}
		length = device->get_config(unit, text, size, &error);
		if (error || length <= size)
			break;
		kfree(text);
		size = length;
	}
	mconsole_reply(req, error ?: text, error != NULL, 0);
	kfree(text);
}

void mconsole_config(struct mc_request *req)
{
	char *unit, *error = "";
	struct mc_device *device = device_find(mconsole_args(req), &unit);
	int err;

	if (!device) {
		mconsole_reply(req, "Bad configuration option", 1, 0);
		return;
	}
	if (!strchr(unit, '=')) {
		config_show(req, device, unit);
		return;
	}
	err = device->config(unit, &error);
	mconsole_reply(req, error, err, 0);
}

void mconsole_remove(struct mc_request *req)
{
	char *unit, *error = NULL, text[80];
	struct mc_device *device = device_find(mconsole_args(req), &unit);
	int number, first, last, err;

	if (!device) {
		mconsole_reply(req, "Bad remove option", 1, 0);
		return;
	}
	number = device->id(&unit, &first, &last);
	if (number < 0) {
		mconsole_reply(req, "Couldn't parse device number", 1, 0);
		return;
	}
	if (number < first || number > last) {
		snprintf(text, sizeof(text),
			 "Invalid device number - must be between %d and %d",
			 first, last);
		mconsole_reply(req, text, 1, 0);
		return;
	}
	err = device->remove(number, &error);
	if (err && !error)
		error = err == -ENODEV ? "Device doesn't exist" :
			err == -EBUSY ? "Device is currently open" : "";
	mconsole_reply(req, err ? error : "", err, 0);
}
