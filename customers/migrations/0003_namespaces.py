"""The kinds of identity that every group has from the start. An admin may add more."""

from django.db import migrations

# code, name, Chinese name, strength, normal form, at most per customer, personal data
NAMESPACES = [
    ("phone", "Phone", "手机号", "strong", "phone", 5, True),
    ("email", "E-mail", "邮箱", "strong", "email", 5, True),
    ("unionid", "WeChat unionid", "微信 unionid", "strong", "text", 2, True),
    ("openid", "WeChat openid", "微信 openid", "strong", "text", 10, True),
    ("member_id", "Member", "会员号", "strong", "text", 5, True),
    ("user_id", "User", "用户 ID", "strong", "text", 5, False),
    ("external_id", "External id", "外部编号", "strong", "text", 5, False),
    ("device", "Device", "设备", "weak", "text", 20, False),
]


def add(apps, schema_editor):
    namespace = apps.get_model("customers", "Namespace")
    for code, name, chinese, strength, normaliser, limit, is_personal in NAMESPACES:
        namespace.objects.get_or_create(
            code=code,
            defaults={
                "name": name,
                "names": {"zh-hans": chinese},
                "strength": strength,
                "normaliser": normaliser,
                "limit": limit,
                "is_personal": is_personal,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_storage")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
