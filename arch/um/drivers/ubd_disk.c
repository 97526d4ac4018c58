// SPDX-License-Identifier: GPL-2.0
/*
 * ubd_disk.c - disks come, change and go.
 */
#include <linux/blkdev.h>
#include <linux/cdrom.h>
#include <linux/delay.h>
#include <linux/hdreg.h>
#include <linux/ata.h>
#include <linux/major.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uml/aio_irq.h>
#include <uml/proc_um.h>
#include "ubd.h"
#include "ubd_disk.h"

#define MINOR_SHIFT	4	/* the disk and 15 partitions */
#define DRIVER_NAME	"uml-blkdev"
#define HEADS		128
#define SECTORS		32

static struct ubd_disk *disks[UBD_DISKS];
DEFINE_MUTEX(ubd_mutex);

struct ubd_disk *ubd_find(int unit)
{
	return disks[unit];
}

struct ubd_disk *ubd_next(int *unit)
{
	for (; *unit < UBD_DISKS; ++*unit)
		if (disks[*unit])
			return disks[*unit];
	return NULL;
}

/* ---- as a block device */

static int size_update(struct ubd_disk *disk)
{
	u64 size;
	int err = image_size_now(&disk->image, &size);

	if (err || size == disk->image.size)
		return err;
	disk->image.size = size;
	set_capacity_and_notify(disk->gendisk, size >> SECTOR_SHIFT);
	return 0;
}

static int ubd_open(struct gendisk *gendisk, blk_mode_t mode)
{
	/* a file that can't be asked for its size may still be readable */
	if (!disk_openers(gendisk) && size_update(gendisk->private_data))
		pr_warn("%s: the size of its file is unknown\n", gendisk->disk_name);
	return 0;
}

static int ubd_getgeo(struct block_device *bdev, struct hd_geometry *geo)
{
	const struct ubd_disk *disk = bdev->bd_disk->private_data;

	geo->heads = HEADS;
	geo->sectors = SECTORS;
	geo->cylinders = disk->image.size / (HEADS * SECTORS * SECTOR_SIZE);
	return 0;
}

/* Installers ask disks who they are, and whether they play music. */
static int ubd_ioctl(struct block_device *bdev, blk_mode_t mode, unsigned int cmd,
		     unsigned long arg)
{
	static const struct cdrom_volctrl loud = { 255, 255, 255, 255 };
	const struct ubd_disk *disk = bdev->bd_disk->private_data;
	u16 id[ATA_ID_WORDS] = { 0 };

	switch (cmd) {
	case HDIO_GET_IDENTITY:
		id[ATA_ID_CYLS] = disk->image.size / (HEADS * SECTORS * SECTOR_SIZE);
		id[ATA_ID_HEADS] = HEADS;
		id[ATA_ID_SECTORS] = SECTORS;
		return copy_to_user((void __user *)arg, id, sizeof(id)) ? -EFAULT : 0;
	case CDROMVOLREAD:
		return copy_to_user((void __user *)arg, &loud, sizeof(loud)) ? -EFAULT : 0;
	}
	return -ENOTTY;
}

static const struct block_device_operations ubd_ops = {
	.owner		= THIS_MODULE,
	.open		= ubd_open,
	.ioctl		= ubd_ioctl,
	.compat_ioctl	= blkdev_compat_ptr_ioctl,
	.getgeo		= ubd_getgeo,
};

static ssize_t serial_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	const struct ubd_disk *disk = dev_to_disk(dev)->private_data;

	return sysfs_emit(buf, "%s", disk->option.serial ?: "");
}
static DEVICE_ATTR_RO(serial);

static struct attribute *ubd_attrs[] = {
	&dev_attr_serial.attr,
	NULL,
};
ATTRIBUTE_GROUPS(ubd);

/* ubda to ubdz, ubdaa and so on */
static void disk_name_set(struct ubd_disk *disk)
{
	int unit = disk->unit;

	if (unit < 26)
		snprintf(disk->name, sizeof(disk->name), "ubd%c", 'a' + unit);
	else
		snprintf(disk->name, sizeof(disk->name), "ubd%c%c",
			 'a' + unit / 26 - 1, 'a' + unit % 26);
}

static int gendisk_make(struct ubd_disk *disk)
{
	struct blk_mq_tag_set *tags = &disk->tags;
	struct queue_limits limits;
	struct gendisk *gendisk;
	int err;

	tags->ops = &ubd_queue_ops;
	tags->queue_depth = UBD_QUEUE_DEPTH;
	tags->numa_node = NUMA_NO_NODE;
	tags->cmd_size = sizeof(struct ubd_request);
	/* the host has a scheduler */
	tags->flags = BLK_MQ_F_SHOULD_MERGE | BLK_MQ_F_NO_SCHED_BY_DEFAULT;
	tags->nr_hw_queues = 1;
	err = blk_mq_alloc_tag_set(tags);
	if (err)
		return err;
	ubd_limits(disk, &limits);
	gendisk = blk_mq_alloc_disk(tags, &limits, disk);
	if (IS_ERR(gendisk)) {
		blk_mq_free_tag_set(tags);
		return PTR_ERR(gendisk);
	}
	gendisk->major = UBD_MAJOR;
	gendisk->first_minor = disk->unit << MINOR_SHIFT;
	gendisk->minors = 1 << MINOR_SHIFT;
	gendisk->fops = &ubd_ops;
	gendisk->private_data = disk;
	snprintf(gendisk->disk_name, DISK_NAME_LEN, "%s", disk->name);
	set_capacity(gendisk, disk->image.size >> SECTOR_SHIFT);
	set_disk_ro(gendisk, disk->image.read_only);
	disk->gendisk = gendisk;
	return 0;
}

static int gendisk_show(struct ubd_disk *disk)
{
	int err;

	disk->pdev = platform_device_register_simple(DRIVER_NAME, disk->unit, NULL, 0);
	if (IS_ERR(disk->pdev))
		return PTR_ERR(disk->pdev);
	err = device_add_disk(&disk->pdev->dev, disk->gendisk, ubd_groups);
	if (err)
		platform_device_unregister(disk->pdev);
	return err;
}

static void gendisk_free(struct ubd_disk *disk)
{
	put_disk(disk->gendisk);
	blk_mq_free_tag_set(&disk->tags);
}

/* ---- adding and removing */

static void disk_report(const struct ubd_disk *disk)
{
	const struct disk_image *image = &disk->image;
	const char *backing = disk->cow ? image->backing_path : "";

	/* a COW file's header is anybody's: what it names must not forge lines */
	pr_info("%s: %s%s%*pE, %llu KiB%s, %s%s%s\n", disk->name, disk->option.file,
		*backing ? " on " : "", (int)strlen(backing), backing,
		disk->image.size >> 10, image->read_only ? ", read-only" : "",
		image->data.direct ? "direct" : "through the host's cache",
		*image->cache_reason ? ": " : "", image->cache_reason);
	if (image->created)
		pr_info("%s: %s is new, made as COW file\n", disk->name, disk->option.file);
}

/* While a file is locked that may soon be let go, the machine goes on. */
static int image_wait(struct ubd_disk *disk, char *why, size_t why_size)
{
	unsigned long end = jiffies + msecs_to_jiffies(IMAGE_PATIENCE_MS);
	int err;

	for (;;) {
		disk->want.impatient = time_before(jiffies, end);
		err = image_open(&disk->want, &disk->image, why, why_size);
		if (err != -EBUSY || !disk->want.impatient)
			return err;
		msleep(IMAGE_PAUSE_MS);
	}
}

static int disk_open(struct ubd_disk *disk, char *why, size_t why_size)
{
	int err = image_wait(disk, why, why_size);

	if (err)
		return err;
	if (*why)
		pr_notice("ubd%d: %s\n", disk->unit, why);
	if (disk->image.backing.fd < 0)
		return 0;
	err = ubd_map_open(disk, why, why_size);
	if (err)
		image_close(&disk->image);
	return err;
}

static void disk_close(struct ubd_disk *disk)
{
	ubd_map_close(disk);
	image_close(&disk->image);
}

static void disk_free(struct ubd_disk *disk)
{
	kfree(disk->strings);
	kfree(disk);
}

int ubd_add(struct ubd_disk *disk, char *why, size_t why_size)
{
	int err;

	disk_name_set(disk);
	spin_lock_init(&disk->lock);
	INIT_LIST_HEAD(&disk->ended);
	err = aio_get_ready();
	if (err) {
		snprintf(why, why_size, "asynchronous I/O can't be started, error %d", -err);
		goto out_free;
	}
	err = disk_open(disk, why, why_size);
	if (err)
		goto out_free;
	err = gendisk_make(disk);
	if (err)
		goto out_close;
	disks[disk->unit] = disk;
	disk_report(disk);
	err = gendisk_show(disk);
	if (!err)
		return 0;
	disks[disk->unit] = NULL;
	gendisk_free(disk);
out_close:
	snprintf(why, why_size, "%s: no block device, error %d", disk->option.file, -err);
	disk_close(disk);
out_free:
	disk_free(disk);
	return err;
}

int ubd_remove_disk(struct ubd_disk *disk)
{
	/* a worker's files, as that of the scan for partitions, are closed later */
	flush_delayed_fput();
	if (disk_openers(disk->gendisk))
		return -EBUSY;
	del_gendisk(disk->gendisk);
	ubd_commit_now(disk);
	disks[disk->unit] = NULL;
	platform_device_unregister(disk->pdev);
	gendisk_free(disk);
	disk_close(disk);
	disk_free(disk);
	return 0;
}

int ubd_rescan(struct ubd_disk *disk)
{
	return size_update(disk);
}

/* ---- /proc/um/ubd */

static int ubd_show(struct seq_file *m, void *unused)
{
	const struct ubd_disk *disk;
	int unit;

	mutex_lock(&ubd_mutex);
	for (unit = 0; (disk = ubd_next(&unit)); unit++) {
		const struct ubd_counts *counts = &disk->counts;

		seq_printf(m, "%s cache %s cow %d size %llu reads %llu writes %llu flushes %llu discards %llu zeroes %llu errors %llu commits %llu file %s\n",
			   disk->name, disk->image.data.direct ? "direct" : "host",
			   !!disk->cow, disk->image.size, counts->reads, counts->writes,
			   counts->flushes, counts->discards, counts->zeroes,
			   counts->errors, counts->commits, disk->option.file);
	}
	mutex_unlock(&ubd_mutex);
	return 0;
}

static struct platform_driver ubd_driver = {
	.driver = {
		.name = DRIVER_NAME,
	},
};

int __init ubd_driver_init(void)
{
	int err = register_blkdev(UBD_MAJOR, "ubd");

	if (err < 0)
		return err;
	proc_um_add("ubd", ubd_show);
	return platform_driver_register(&ubd_driver);
}
