"""All tables."""

import django.db.models.deletion
import trialrules.service.ids
import trialrules.service.models.fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """The first form of the database."""

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("username", models.CharField(max_length=64, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("active", models.BooleanField(default=True)),
                ("language", models.CharField(default="en", max_length=8)),
                ("superuser", models.BooleanField(default=False)),
                ("created", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="AuditHead",
            fields=[
                ("chain", models.BigIntegerField(primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField(default=0)),
                ("hash", models.CharField(default="", max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="Study",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=40, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("short_name", models.CharField(max_length=40)),
            ],
        ),
        migrations.CreateModel(
            name="Feed",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("subject", "Subject"), ("site", "Site"), ("study", "Study"), ("mine", "Mine")], max_length=8
                    ),
                ),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("prefix", models.CharField(max_length=8)),
                ("titles", models.CharField(default="code", max_length=16)),
                ("language", models.CharField(default="en", max_length=8)),
                ("windows", models.BooleanField(default=False)),
                ("created", models.DateTimeField()),
                ("expires", models.DateTimeField(null=True)),
                ("revoked", models.DateTimeField(null=True)),
                ("last_fetch", models.DateTimeField(null=True)),
                ("agent", models.CharField(default="", max_length=200)),
                ("fetches", models.BigIntegerField(default=0)),
                (
                    "owner",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="feeds", to=settings.AUTH_USER_MODEL),
                ),
                ("study", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="feeds", to="trialrules.study")),
            ],
        ),
        migrations.CreateModel(
            name="Throttle",
            fields=[
                ("bucket", models.CharField(max_length=120, primary_key=True, serialize=False)),
                ("tokens", models.FloatField()),
                ("updated", models.FloatField()),
            ],
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("prefix", models.CharField(max_length=8)),
                ("name", models.CharField(max_length=100)),
                ("created", models.DateTimeField()),
                ("expires", models.DateTimeField()),
                ("revoked", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="tokens", to=settings.AUTH_USER_MODEL),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CalendarStore",
            fields=[
                (
                    "study",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="calendar",
                        serialize=False,
                        to="trialrules.study",
                    ),
                ),
                ("state", models.BinaryField()),
                ("version", models.PositiveIntegerField(default=1)),
                ("changed", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="FeedBytes",
            fields=[
                (
                    "feed",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="bytes",
                        serialize=False,
                        to="trialrules.feed",
                    ),
                ),
                ("etag", models.CharField(max_length=80)),
                ("content", models.BinaryField()),
                ("gzip", models.BinaryField()),
                ("changed", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="OneTimeLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("created", models.DateTimeField()),
                ("expires", models.DateTimeField()),
                ("used", models.DateTimeField(null=True)),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="links", to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name="RuleVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.CharField(max_length=40)),
                ("main", models.CharField(max_length=200)),
                ("files", trialrules.service.models.fields.JsonText()),
                ("sha256", models.CharField(max_length=64)),
                (
                    "status",
                    models.CharField(
                        choices=[("draft", "Draft"), ("reviewed", "Reviewed"), ("approved", "Approved"), ("retired", "Retired")],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("created", models.DateTimeField()),
                ("note", models.TextField(default="")),
                (
                    "approver",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("author", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                (
                    "reviewer",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("study", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="trialrules.study")),
            ],
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.UUIDField(default=trialrules.service.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("subject_version", models.PositiveIntegerField()),
                ("rules_sha256", models.CharField(max_length=64)),
                ("data_sha256", models.CharField(max_length=64)),
                ("snapshot", models.TextField()),
                ("engine", models.CharField(max_length=40)),
                ("versions", models.TextField()),
                ("as_of", models.CharField(max_length=40)),
                ("zone", models.CharField(max_length=64)),
                ("result", models.TextField()),
                ("decision", models.CharField(max_length=12)),
                ("provisional", models.BooleanField()),
                ("draft", models.BooleanField()),
                ("role", models.CharField(max_length=16)),
                ("reason", models.TextField()),
                ("created", models.CharField(max_length=32)),
                ("record_hash", models.CharField(max_length=64)),
                ("actor", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("study", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="trialrules.study")),
                (
                    "supersedes",
                    models.OneToOneField(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="superseded_by", to="trialrules.decision"
                    ),
                ),
                (
                    "rule_version",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="trialrules.ruleversion"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Signature",
            fields=[
                ("id", models.UUIDField(default=trialrules.service.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("printed_name", models.CharField(max_length=200)),
                ("meaning", models.CharField(max_length=200)),
                ("outcomes", models.TextField()),
                ("record_hash", models.CharField(max_length=64)),
                ("created", models.CharField(max_length=32)),
                ("zone", models.CharField(max_length=64)),
                (
                    "decision",
                    models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="signature", to="trialrules.decision"),
                ),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name="SignatureVoid",
            fields=[
                ("id", models.UUIDField(default=trialrules.service.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("why", models.TextField()),
                ("created", models.CharField(max_length=32)),
                ("by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                (
                    "signature",
                    models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="void", to="trialrules.signature"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Site",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=200)),
                ("timezone", models.CharField(max_length=64)),
                ("closed_days", trialrules.service.models.fields.JsonText(default=list)),
                ("study", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="sites", to="trialrules.study")),
            ],
        ),
        migrations.CreateModel(
            name="RuleEffect",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("effective_from", models.DateField()),
                ("created", models.DateTimeField()),
                ("by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                (
                    "version",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="effects", to="trialrules.ruleversion"),
                ),
                ("site", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="effects", to="trialrules.site")),
            ],
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("writer", "Writer"),
                            ("coordinator", "Coordinator"),
                            ("investigator", "Investigator"),
                            ("monitor", "Monitor"),
                            ("administrator", "Administrator"),
                        ],
                        max_length=16,
                    ),
                ),
                ("unblinded", models.BooleanField(default=False)),
                ("ended", models.DateTimeField(null=True)),
                (
                    "study",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="memberships", to="trialrules.study"),
                ),
                (
                    "user",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="memberships", to=settings.AUTH_USER_MODEL),
                ),
                (
                    "site",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="memberships", to="trialrules.site"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="feed",
            name="site",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="feeds", to="trialrules.site"),
        ),
        migrations.AddField(
            model_name="decision",
            name="site",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="trialrules.site"),
        ),
        migrations.CreateModel(
            name="Subject",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("screening", "Screening"),
                            ("eligible", "Eligible"),
                            ("not eligible", "Not Eligible"),
                            ("enrolled", "Enrolled"),
                            ("completed", "Completed"),
                            ("withdrawn", "Withdrawn"),
                            ("lost", "Lost"),
                            ("died", "Died"),
                            ("screen failed", "Screen Failed"),
                        ],
                        default="screening",
                        max_length=16,
                    ),
                ),
                ("document", models.TextField()),
                ("version", models.PositiveIntegerField(default=1)),
                ("enrolled_as_of", models.CharField(default="", max_length=40)),
                ("created", models.DateTimeField()),
                ("changed", models.DateTimeField()),
                ("site", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="subjects", to="trialrules.site")),
                ("study", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="subjects", to="trialrules.study")),
            ],
        ),
        migrations.AddField(
            model_name="feed",
            name="subject",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="feeds", to="trialrules.subject"),
        ),
        migrations.AddField(
            model_name="decision",
            name="subject",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="trialrules.subject"),
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("key", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField()),
                ("at", models.CharField(max_length=32)),
                ("actor", models.CharField(max_length=64)),
                ("action", models.CharField(max_length=40)),
                ("target", models.CharField(max_length=120)),
                ("old", models.TextField()),
                ("new", models.TextField()),
                ("reason", models.TextField()),
                ("prev_hash", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64)),
                (
                    "study",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="audit", to="trialrules.study"),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["study", "target", "seq"], name="audit_target")],
                "constraints": [models.UniqueConstraint(fields=("study", "seq"), name="audit_seq")],
            },
        ),
        migrations.CreateModel(
            name="Idempotency",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=200)),
                ("request_hash", models.CharField(max_length=64)),
                ("status", models.PositiveIntegerField(default=0)),
                ("response", models.TextField(default="")),
                ("created", models.DateTimeField()),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("user", "key"), name="idempotency_once")],
            },
        ),
        migrations.AddConstraint(
            model_name="ruleversion",
            constraint=models.UniqueConstraint(fields=("study", "label"), name="rules_label"),
        ),
        migrations.AddConstraint(
            model_name="site",
            constraint=models.UniqueConstraint(fields=("study", "code"), name="site_code"),
        ),
        migrations.AddConstraint(
            model_name="ruleeffect",
            constraint=models.UniqueConstraint(fields=("version", "site", "effective_from"), name="effect_once"),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended", None)), fields=("user", "study", "site", "role"), name="membership_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended", None), ("site", None)), fields=("user", "study", "role"), name="membership_once_everywhere"
            ),
        ),
        migrations.AddIndex(
            model_name="subject",
            index=models.Index(fields=["study", "state", "code"], name="subject_by_state"),
        ),
        migrations.AddIndex(
            model_name="subject",
            index=models.Index(fields=["site", "state", "code"], name="subject_by_site_state"),
        ),
        migrations.AddIndex(
            model_name="subject",
            index=models.Index(fields=["site", "code"], name="subject_by_site"),
        ),
        migrations.AddConstraint(
            model_name="subject",
            constraint=models.UniqueConstraint(fields=("study", "code"), name="subject_code"),
        ),
        migrations.AddIndex(
            model_name="feed",
            index=models.Index(fields=["study", "owner"], name="feed_of_owner"),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(fields=["subject", "draft", "created"], name="decision_of_subject"),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(fields=["study", "created"], name="decision_of_study"),
        ),
    ]
