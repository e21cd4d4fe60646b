from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "customers"

    def ready(self) -> None:
        """Let the home page know what of this floor may need somebody."""
        from customers import attention  # noqa: F401
